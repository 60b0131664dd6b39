/** What the detector remembers of a target that is over its limit. */
import type { CompiledThreshold } from '@tidegate/schemas';
import type { Deviation } from '../types.ts';
import type { Found } from './signals/index.ts';

export interface Track {
  threshold: CompiledThreshold;
  /** When the limit was exceeded first, and when last without a break. */
  readonly beganNs: number;

  overSinceNs: number;
  /** When the excess began, as near as samples tell; of an attack within a surge, when the attack did. */
  sinceNs: number;
  /** Whether it was called over, and since when. */
  isOpen: boolean;
  openSinceNs: number;
  isTierB: boolean;
  quietSinceNs: number | null;
  /** When something last was not as usual. */
  signsAtNs: number;
  /** How often its quiet time is doubled. */
  doublings: number;
  /** What samples said last, and when. */
  sampled: { readonly found: readonly Found[]; readonly atNs: number } | null;
  /** The surge that it is called; null for none. */
  surge: Deviation | null;
  /** When it was last above its limit. */
  lastOverNs: number;
}

export const newTrack = (threshold: CompiledThreshold, overSinceNs: number, sinceNs: number): Track => ({
  ...{ threshold, overSinceNs, sinceNs, beganNs: overSinceNs, lastOverNs: overSinceNs },
  ...{
    isOpen: false,
    openSinceNs: overSinceNs,
    isTierB: false,
    quietSinceNs: null,
    signsAtNs: -Infinity,
    doublings: 0,
  },
  ...{ sampled: null, surge: null },
});
