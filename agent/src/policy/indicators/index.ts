/**
 * Threat indicators by policy: which set is wanted, which is in force, and why not.
 *
 * Promises: nothing is handed over whose bytes are not those that a verified bundle names; the set before stays in
 * force through every failure, and over a restart with the controller dead.
 */
export { IndicatorDesk } from './desk.ts';
export { IndicatorStore } from './store.ts';
