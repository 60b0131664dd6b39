/** Sampled packets with weights that no few of them dominate. */
import type { Sample } from '../types.ts';
import { traitsOf } from './traits.ts';
import type { Traits } from './traits.ts';

/**
 * While a flood begins, its first packets are sampled one by one and the next ones ever more sparsely; a few heavy
 * samples would then speak for all. Weights are cut off at this multiple of their mean (truncated importance sampling,
 * Ionides 2008).
 */
const weightMaxOverMean = 4;

export class SampleSet {
  readonly all: readonly Traits[];
  /** Weight of all of them. */
  readonly total: number;
  /** How many samples of equal weight would tell as much (Kish, 1965). */
  readonly effective: number;
  readonly #weightMax: number;

  /** Samples from a time on; unreadable ones are left out. */
  constructor(samples: readonly Sample[], sinceNs = -Infinity) {
    const all: Traits[] = [];
    let sum = 0;
    for (const sample of samples) {
      if (sample.atNs < sinceNs) continue;
      const traits = traitsOf(sample);
      if (traits === null) continue;
      all.push(traits);
      sum += traits.rate;
    }
    this.all = all;
    this.#weightMax = (weightMaxOverMean * sum) / Math.max(1, all.length);
    let [total, squares] = [0, 0];
    for (const one of all) {
      const weight = this.weight(one);
      total += weight;
      squares += weight * weight;
    }
    this.total = total;
    this.effective = squares === 0 ? 0 : (total * total) / squares;
  }

  get size(): number {
    return this.all.length;
  }

  weight({ rate }: Traits): number {
    return Math.min(rate, this.#weightMax);
  }

  /** Share of the weight for which something holds, 0 to 1. */
  share(holds: (traits: Traits) => boolean): number {
    let sum = 0;
    for (const one of this.all) if (holds(one)) sum += this.weight(one);
    return this.total === 0 ? 0 : sum / this.total;
  }

  /** Share of the weight by key; packets without the key are left out. */
  shares<Key>(keyOf: (traits: Traits) => Key | null): Map<Key, number> {
    const shares = new Map<Key, number>();
    if (this.total === 0) return shares;
    for (const one of this.all) {
      const key = keyOf(one);
      if (key !== null) shares.set(key, (shares.get(key) ?? 0) + this.weight(one) / this.total);
    }
    return shares;
  }
}
