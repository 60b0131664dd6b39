/** What operators want to be taken for usual, whatever is learned. */
import { TidegateError } from '@tidegate/schemas';
import type { Usual } from './estimate.ts';
import type { Feature } from './feature.ts';

export interface Pin {
  readonly median: number;
  /** About what one in a thousand observations may exceed. */
  readonly high: number;
}

/** Targets with pins. */
const targetsMax = 1024;
/** One in a thousand lies so many standard deviations above. */
const highDeviations = 3.09;
/** A pin counts as if it had been seen once a second for a year. */
const pinnedMs = 365 * 24 * 3_600_000;
/** No pin is so narrow that noise exceeds it. */
const spreadMin = 0.05;

export class Pins {
  readonly #targets = new Map<string, Map<number, Usual>>();

  /** As an answer; null where there is no pin. */
  get(target: string, feature: number): Usual | null {
    if (this.#targets.size === 0) return null;
    return this.#targets.get(target)?.get(feature) ?? null;
  }

  /** @param offset Of the feature. */
  set(target: string, feature: number, pin: Pin | null, offset: number): void {
    const pins = this.#targets.get(target) ?? new Map<number, Usual>();
    if (pin === null) pins.delete(feature);
    else {
      const { median, high } = pin;
      if (!(median >= 0 && high >= median && high < Infinity))
        throw new TidegateError('TG1006', `pin of ${target}: 0 ≤ median ≤ high, not ${median} and ${high}`);
      if (!this.#targets.has(target) && this.#targets.size >= targetsMax)
        throw new TidegateError('TG1012', `pin of ${target}: at most ${targetsMax} targets can have pins`);
      const spread = Math.max(spreadMin, Math.log((high + offset) / (median + offset)) / highDeviations);
      pins.set(feature, { median, high, spread, count: pinnedMs / 1000, ageMs: pinnedMs });
    }
    if (pins.size > 0) this.#targets.set(target, pins);
    else this.#targets.delete(target);
  }

  get isFull(): boolean {
    return this.#targets.size >= targetsMax;
  }

  list(features: readonly Feature[]): { target: string; feature: string; median: number; high: number }[] {
    return [...this.#targets].flatMap(([target, pins]) =>
      [...pins].map(([feature, { median, high }]) => ({
        target,
        feature: features[feature]!.name,
        median,
        high,
      })),
    );
  }
}
