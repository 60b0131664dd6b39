/**
 * Weeks of traffic of one node by rates: two weeks to learn from and one with attacks in it, as readings of 100 ms.
 *
 * ```ts
 * const weeks = new Weeks({ seed: 'tune-0' });
 * for (let window = 0; window < weeks.windows; window++) look(weeks.next());
 * ```
 * Promises: the same seed gives the same readings; a window takes about a microsecond a target; what is counted is what
 * real packets of the same kinds would have been counted as, both ways, and samples are such packets, labelled by who
 * made them; whatever goes on is in `plan`, for the judge alone.
 */
export { Weeks, windowMs } from './weeks.ts';
export type { AssaultFacts, WeeksOptions } from './weeks.ts';
export { benignEndMs } from './benign.ts';
export type { BenignEvent } from './benign.ts';
export type { WeeksPlan } from './plan.ts';
export type { PlannedAssault } from './assault.ts';
