/** Rates that are no straight line: bursts with a heavy tail, beginnings, growth. */
import type { SeededRandom } from './random.ts';
import type { Rate } from './source.ts';

/** Rates are looked up about as often as this. */
const slotNs = 100e6;

export interface Burstiness {
  /** Share of the time that is a burst. @default 0.05 */
  readonly share?: number;
  /** Exponent of the Pareto distribution of bursts' heights; nearer to 1 is wilder. @default 2.5 */
  readonly alpha?: number;
  /** Height that none exceeds, as a multiple of the rate. @default 4 */
  readonly factorMax?: number;
}

/**
 * A rate with bursts, each of about 200 ms, whose heights are distributed as Pareto has it; between them the rate is as
 * much lower as keeps the mean about the same. Asked for times in order.
 */
export function bursty(random: SeededRandom, rate: Rate, burstiness: Burstiness = {}): Rate {
  const { share = 0.05, alpha = 2.5, factorMax = 4 } = burstiness;
  const meanFactor = 1 + share / (alpha - 1);
  let [slot, left, factor] = [-1, 0, 1];
  return (atNs) => {
    for (const now = Math.floor(atNs / slotNs); slot < now; slot++) {
      if (left > 0) left -= 1;
      else if (random.chance(share / 2)) {
        factor = Math.min(factorMax, (1 - random.float()) ** (-1 / alpha));
        left = 1;
      } else factor = 1;
    }
    return ((typeof rate === 'number' ? rate : rate(atNs)) * factor) / meanFactor;
  };
}

/** Nothing at first, all of it from `startNs` on, or growing to it within `growNs`. */
export function beginning(rate: number, startNs: number, growNs = 0): Rate {
  return (atNs) => {
    if (atNs < startNs) return 0;
    return growNs === 0 ? rate : rate * Math.min(1, (atNs - startNs) / growNs);
  };
}
