/**
 * Chance for weeks of traffic: some tens of draws for every 100 ms of 21 days.
 *
 * Promises: the same seed gives the same numbers on every machine; no draw allocates; a draw is never further than 3.9
 * standard deviations out, because a table stands for the normal distribution. Heavy tails are drawn as such (Pareto).
 */
import { SeededRandom } from '../random.ts';

const tableBits = 13;
const tableSize = 2 ** tableBits;
/** Below this mean a Poisson draw is exact; above, the normal distribution is within 1 % of it. */
const poissonExactMax = 16;

/** Standard normal quantiles at the middles of 8192 equal parts (P. J. Acklam's rational approximation, error 1.2e-9). */
const normalTable = Float64Array.from({ length: tableSize }, (_, index) =>
  quantile((index + 0.5) / tableSize),
);

export class Chance extends SeededRandom {
  /** Standard normal. */
  normal(): number {
    return normalTable[this.uint32() >>> (32 - tableBits)]!;
  }

  /** How many of many rare things happen, `mean` of them on average. */
  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean >= poissonExactMax) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let left = this.float() - Math.exp(-mean);
    if (left < 0) return 0;
    let probability = Math.exp(-mean);
    let count = 0;
    // The sum of the probabilities rounds to a little less than 1.
    while (left >= 0 && count < 100) {
      count += 1;
      probability *= mean / count;
      left -= probability;
    }
    return count;
  }

  /** `value`, rounded up or down so that it is kept on average. */
  round(value: number): number {
    return Math.floor(value + this.float());
  }

  uniform(from: number, to: number): number {
    return from + (to - from) * this.float();
  }

  logUniform(from: number, to: number): number {
    return from * (to / from) ** this.float();
  }

  /** Median 1. */
  logNormal(sigma: number): number {
    return Math.exp(sigma * this.normal());
  }

  /** At least 1, with P(x > v) = v^-alpha, cut off at `max`. */
  pareto(alpha: number, max: number): number {
    return Math.min(max, (1 - this.float()) ** (-1 / alpha));
  }
}

function quantile(probability: number): number {
  if (probability > 0.5) return -quantile(1 - probability);
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return (
      (((((-7.784894002430293e-3 * q - 3.223964580411365e-1) * q - 2.400758277161838) * q -
        2.549732539343734) *
        q +
        4.374664141464968) *
        q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 3.224671290700398e-1) * q + 2.445134137142996) * q + 3.754408661907416) *
        q +
        1)
    );
  }
  const q = probability - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
      1)
  );
}
