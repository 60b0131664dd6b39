/**
 * Threat feeds: lists of addresses that others publish, read, cleaned and bounded before anything is built from them.
 *
 * Promises: a feed is read as a stream within stated bounds; what cannot be right (bogons, our own space, the safelist,
 * half the Internet) never gets through, and the result says what was left out and why; a load that looks broken leaves
 * the copy before in use.
 *
 * ```ts
 * const load = await loadFeed({ name: 'drop', format: 'spamhaus-drop', chunks, guards }, folder);
 * load.entries; // what is left, of this load or, with load.refusal set, of the last good one
 * ```
 */
export { loadFeed, type FeedLoad, type FeedSource } from './load.ts';
