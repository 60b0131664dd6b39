/**
 * Notifications: people are told what was attacked, how sure that is, why, what was done and what of that was verified.
 *
 * Promises: never in the way of a tick or of an action, and no channel in the way of another; what could not be told is on
 * record; a secret stands in no record, log or error.
 */
export { Notifier } from './notifier.ts';
