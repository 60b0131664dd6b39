/** Chooses packets as bpf/sample.h does: all of a little traffic, ever fewer of a flood, each with its rate. */
import type { Sample } from '../types.ts';
import type { SeededRandom } from './random.ts';
import type { GeneratedPacket } from './source.ts';

const sampleBytesMax = 128;
const sliceNs = 2 ** 24;
const windowNs = 2 ** 27;
/** A target's own probability halves after so many samples. */
const targetStep = 4;
const shiftMax = 24;

export class Sampler {
  readonly #random: SeededRandom;
  readonly #budget: number;
  #slice = -1;
  #sliceShift = 0;
  #sampled = 0;
  #sampledWeight = 0;
  readonly #targets = new Map<string, { window: number; sampled: number }>();
  /** Samples that were beyond two and a half times the budget. */
  lost = 0;

  constructor(random: SeededRandom, samplesPerSecondMax = 5000) {
    this.#random = random;
    this.#budget = Math.max(1, Math.floor((samplesPerSecondMax * sliceNs) / 1e9));
  }

  /** The packet as a sample, or null where it was not chosen. Packets come in the order of their times. */
  sample({ target, atNs, bytes, label }: GeneratedPacket): Sample | null {
    const slice = Math.floor(atNs / sliceNs);
    if (slice !== this.#slice) this.#begin(slice);
    const own = this.#ownOf(target, Math.floor(atNs / windowNs));
    const shift = Math.min(shiftMax, this.#shift(own.sampled));
    if (shift > 0 && !this.#random.chance(1 / 2 ** shift)) return null;
    if (this.#sampled >= 2.5 * this.#budget) {
      this.lost += 1;
      return null;
    }
    own.sampled += 1;
    this.#sampled += 1;
    this.#sampledWeight += 2 ** shift;
    return {
      target,
      atNs,
      length: bytes.length,
      rate: 2 ** shift,
      data: bytes.slice(0, sampleBytesMax),
      label,
    };
  }

  #begin(slice: number): void {
    const weight = slice === this.#slice + 1 ? this.#sampledWeight : 0;
    this.#slice = slice;
    this.#sliceShift = Math.max(0, Math.ceil(Math.log2(weight / (this.#budget * 0.75))));
    this.#sampled = 0;
    this.#sampledWeight = 0;
  }

  #ownOf(target: string, window: number): { window: number; sampled: number } {
    const known = this.#targets.get(target);
    if (known?.window === window) return known;
    const fresh = { window, sampled: 0 };
    this.#targets.set(target, fresh);
    return fresh;
  }

  #shift(sampledOfTarget: number): number {
    if (this.#sampled < this.#budget)
      return Math.min(this.#sliceShift, Math.floor(sampledOfTarget / targetStep));
    return this.#sliceShift + 1 + Math.floor(((this.#sampled - this.#budget) * 12) / this.#budget);
  }
}
