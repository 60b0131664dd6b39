/**
 * The indicator set: addresses and prefixes of threat feeds in one file, whose first part goes into the kernel as it
 * is and whose second part says which feed and entry an address matched.
 *
 * Promises: the same feeds give the same bytes; a file is checked as a whole before anything is read from it; no read
 * leaves the file, whatever it holds; `verdictOf` is the reference for the program in the kernel.
 *
 * ```ts
 * const entries = new IndicatorEntries();
 * const problem = entries.addText('203.0.113.0/24'); // null: it was added
 * const bytes = buildIndicatorSet([{ name: 'drop', action: 'count', entries }], { builtAt });
 * openIndicatorSet(bytes).verdictOf(addressBytes('203.0.113.7')); // 'count'
 * ```
 */
export {
  buildIndicatorSet,
  indicatorLimits,
  type IndicatorBuildOptions,
  type IndicatorFeed,
} from './build.ts';
export { IndicatorEntries } from './entries.ts';
export type { IndicatorAction, IndicatorVerdict } from './format.ts';
export { openIndicatorSet, type IndicatorMatch, type IndicatorSet } from './open.ts';
export { hashWord as indicatorHash } from './hash.ts';
