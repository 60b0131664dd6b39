/**
 * Time in bins of one width for the whole capture: as narrow as a fixed number of them allows. When a capture gets
 * longer the width doubles, and everybody who counts by bins adds theirs up in pairs.
 */

/** Between 256 and 512 bins are in use once a capture is longer than 2.56 s. */
export const binsMax = 512;
const narrowestNs = 10e6;
/** A clock that was set, or files that were put one behind the other: the gap is cut out. */
const gapMaxNs = 3600e9;
/** Several receive queues, and merged files, are out of order by milliseconds. */
const backMaxNs = 10e9;

export class Bins {
  readonly #onDouble: () => void;
  #widthNs = narrowestNs;
  #shiftNs = 0;
  #previousNs = 0;
  #binFromNs = 0;
  #binToNs = narrowestNs;
  /** The bin of the last packet, and the last one that was used. */
  current = 0;
  last = 0;
  /** Latest time since the start, ns. */
  lastNs = 0;
  /** Steps of the clock that were cut out. */
  gaps = 0;

  /** @param onDouble Called before a bin is given out whose place needs the pairs to be added up. */
  constructor(onDouble: () => void) {
    this.#onDouble = onDouble;
  }

  get widthNs(): number {
    return this.#widthNs;
  }

  /** Takes the time of a packet, in any order; returns it without gaps, ns from the start, and sets `current`. */
  place(fileNs: number): number {
    const step = fileNs - this.#previousNs;
    if (step > gapMaxNs || step < -backMaxNs) {
      this.gaps += 1;
      this.#shiftNs -= step;
    }
    this.#previousNs = fileNs;
    const atNs = Math.max(0, fileNs + this.#shiftNs);
    if (atNs < this.#binFromNs || atNs >= this.#binToNs) this.#move(atNs);
    if (atNs > this.lastNs) this.lastNs = atNs;
    return atNs;
  }

  #move(atNs: number): void {
    while (atNs >= this.#widthNs * binsMax) {
      this.#onDouble();
      this.#widthNs *= 2;
      this.last >>= 1;
    }
    this.current = Math.floor(atNs / this.#widthNs);
    this.#binFromNs = this.current * this.#widthNs;
    this.#binToNs = this.#binFromNs + this.#widthNs;
    this.last = Math.max(this.last, this.current);
  }
}

/** Adds the bins up in pairs. */
export function addPairs(bins: Float64Array): void {
  const half = bins.length / 2;
  for (let index = 0; index < half; index++) bins[index] = bins[2 * index]! + bins[2 * index + 1]!;
  bins.fill(0, half);
}
