/**
 * Teaches a baseline whole seconds at once, by the features that the windows would have given: days of learning would take
 * longer than everything else.
 */
import { cidrContains } from '@tidegate/schemas';
import type { Baseline } from '../../engine/baseline/index.ts';
import { observationsOf } from '../../engine/features.ts';
import { counter, counterNames } from '../../engine/types.ts';
import { protect, startedAtMs } from './policy.ts';
import type { LearnedSecond } from './watcher.ts';

/** One target's second, ten seconds and minute that fill. */
interface Sums {
  readonly second: Float64Array;
  readonly ten: Float64Array;
  readonly minute: Float64Array;
  peakPackets: number;
  peakBits: number;
}

export class Learner {
  readonly #baseline: Baseline;
  readonly #sums = new Map<string, Sums>();
  readonly #prefixes = new Map<string, readonly string[]>();

  constructor(baseline: Baseline) {
    this.#baseline = baseline;
  }

  learn(second: number, targets: readonly LearnedSecond[]): void {
    for (const one of targets) {
      this.#add(one.target, one);
      for (const prefix of this.#prefixesOf(one.target)) this.#add(prefix, one);
    }
    for (const [target, sums] of this.#sums) this.#close(target, sums, second);
  }

  /** A prefix learns what its addresses receive together; their highest windows hardly ever coincide. */
  #add(target: string, { counts, peakPacketsPerSecond, peakBitsPerSecond }: LearnedSecond): void {
    let sums = this.#sums.get(target);
    if (sums === undefined) {
      const fresh = (): Float64Array => new Float64Array(counterNames.length);
      sums = { second: fresh(), ten: fresh(), minute: fresh(), peakPackets: 0, peakBits: 0 };
      this.#sums.set(target, sums);
    }
    const packetsBefore = sums.second[counter.packets]!;
    const bitsBefore = sums.second[counter.bytes]! * 8;
    sums.peakPackets = Math.max(
      sums.peakPackets + counts[counter.packets]!,
      packetsBefore + peakPacketsPerSecond,
    );
    sums.peakBits = Math.max(sums.peakBits + counts[counter.bytes]! * 8, bitsBefore + peakBitsPerSecond);
    addTo(sums.second, counts);
  }

  #close(target: string, sums: Sums, second: number): void {
    const wallMs = startedAtMs + second * 1000;
    const take = (feature: number, value: number): void => {
      this.#baseline.observe(target, feature, wallMs, value);
    };
    const peak = { packetsPerSecond: sums.peakPackets, bitsPerSecond: sums.peakBits };
    observationsOf({ scaleMs: 1000, intervalMs: 1000, counts: sums.second }, peak, take);
    addTo(sums.ten, sums.second);
    sums.second.fill(0);
    sums.peakPackets = sums.peakBits = 0;
    if (second % 10 !== 0) return;
    observationsOf({ scaleMs: 10_000, intervalMs: 10_000, counts: sums.ten }, null, take);
    addTo(sums.minute, sums.ten);
    sums.ten.fill(0);
    if (second % 60 !== 0) return;
    observationsOf({ scaleMs: 60_000, intervalMs: 60_000, counts: sums.minute }, null, take);
    sums.minute.fill(0);
  }

  #prefixesOf(target: string): readonly string[] {
    let prefixes = this.#prefixes.get(target);
    if (prefixes === undefined) {
      prefixes = protect.filter((prefix) => cidrContains(prefix, target));
      this.#prefixes.set(target, prefixes);
    }
    return prefixes;
  }
}

function addTo(sums: Float64Array, counts: Float64Array): void {
  for (let column = 0; column < sums.length; column++) sums[column] = sums[column]! + counts[column]!;
}
