/**
 * Signed bundles: what is published, since when, to whom.
 *
 * Promises: an epoch is never given twice and only rises, also across restarts and rollbacks; unchanged content keeps
 * its bundle; what was published is on the disk before it is served and is served again after a restart, whatever has
 * become of the policy repository; a bundle is issued anew before it is too old to be accepted by a new agent.
 */
export { Publisher, type Policy } from './publisher.ts';
