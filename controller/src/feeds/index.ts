/**
 * Threat feeds: lists of addresses that others publish, read, cleaned and bounded before anything is built from them.
 *
 * Promises: a feed is read as a stream within stated bounds; what cannot be right (bogons, our own space, the safelist,
 * half the Internet) never gets through, and the result says what was left out and why; a load that looks broken, and a
 * list that cannot be had, leave the copy before in use; the same lists give the same set, byte for byte; no policy
 * waits for a list.
 *
 * ```ts
 * const desk = new FeedDesk({ stateDir, readFile, readSecret, run: runInThread, publish, … });
 * desk.take({ commit, groups });
 * desk.start();
 * desk.indicatorsOf('web'); // what the bundle of the group says
 * ```
 */
export { FeedDesk, type FeedGroup } from './desk.ts';
export { IndicatorSets } from './sets.ts';
export { runInThread } from './worker/index.ts';
