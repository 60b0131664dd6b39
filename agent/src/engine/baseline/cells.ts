/**
 * A histogram of sixteen cells over logarithmic buckets. Where the values do not fit, cells are merged in pairs and the
 * level goes up by one (uniform collapse, UDDSketch, Epicoco et al. 2020): the relative error grows for all of them
 * alike, from 3.2 % (all values within a factor of 2.7) to 6.5 % (7.4), 13 % (55) and so on, never without a bound.
 * Adding two histograms adds their cells, whatever the order.
 */
import { bucketCount } from './buckets.ts';

export const cellCount = 16;
/** At this level sixteen cells span every bucket. */
export const levelMax = 6;
/**
 * Parts of the total that may end up in an outermost cell rather than make every cell coarser: nobody asks for a
 * quantile below the lower one, and the highest that is asked for, 0.999, keeps three quarters of its tail.
 */
const trimmedLow = 0.02;
const trimmedHigh = 0.00025;

/** Working memory of `add`: all zero between two calls. */
const wide = new Float64Array(bucketCount);

export class Cells {
  level = 0;
  /** Place of the first cell, counted in cells of this level. */
  base = 0;
  readonly counts = new Float64Array(cellCount);

  clear(): void {
    this.level = 0;
    this.base = 0;
    this.counts.fill(0);
  }

  total(): number {
    let sum = 0;
    for (let cell = 0; cell < cellCount; cell += 1) sum += this.counts[cell]!;
    return sum;
  }

  scale(factor: number): void {
    for (let cell = 0; cell < cellCount; cell += 1) this.counts[cell]! *= factor;
  }

  /** Place of a quantile on the scale of buckets, by interpolation between the edges of its cell; never beyond them. */
  quantile(quantile: number): number {
    let rest = quantile * this.total();
    let place = cellCount;
    for (let cell = 0; cell < cellCount && place === cellCount; cell += 1) {
      const count = this.counts[cell]!;
      if (count > 0 && rest <= count) place = cell + rest / count;
      rest -= count;
    }
    return Math.min(bucketCount, (this.base + place) * (1 << this.level));
  }

  /** Becomes a single count in one bucket. */
  setBucket(bucket: number, count: number): void {
    this.clear();
    this.base = bucket;
    this.counts[0] = count;
  }

  /** Adds another histogram, `weight` times; the coarser of the two decides, and the range if that is not enough. */
  add(other: Cells, weight = 1): void {
    const level = Math.max(this.level, other.level);
    const range: Range = { low: bucketCount, high: -1 };
    layOut(this, level, 1, range);
    layOut(other, level, weight, range);
    if (range.high < 0) this.clear();
    else this.#fit(level, range);
  }

  /**
   * Makes the cells finer again where half of them are enough, as after an outlier that has been forgotten. Each is
   * split evenly, which is what interpolation takes it for anyway.
   */
  refine(): void {
    for (;;) {
      const low = this.counts.findIndex((count) => count > 0);
      const high = this.counts.findLastIndex((count) => count > 0);
      if (this.level === 0 || low < 0 || high - low >= cellCount / 2) return;
      const halves = this.counts.slice(low, high + 1);
      this.base = (this.base + low) * 2;
      this.level -= 1;
      for (let cell = 0; cell < cellCount; cell += 1) this.counts[cell] = (halves[cell >> 1] ?? 0) / 2;
    }
  }

  /** Takes over what is laid out in `wide`, and leaves that zero. */
  #fit(from: number, range: Range): void {
    let level = from;
    trim(range);
    while (range.high - range.low >= cellCount) {
      coarsen(range);
      level += 1;
      trim(range);
    }
    const room = cellCount - (range.high - range.low + 1);
    this.level = level;
    // Room on both sides, so that the next values need no move.
    this.base = Math.max(0, range.low - (room >> 1));
    for (let cell = 0; cell < cellCount; cell += 1) this.counts[cell] = wide[this.base + cell] ?? 0;
    wide.fill(0, range.low, range.high + 1);
  }
}

interface Range {
  low: number;
  high: number;
}

function layOut(cells: Cells, level: number, weight: number, range: Range): void {
  for (let cell = 0; cell < cellCount; cell += 1) {
    const count = cells.counts[cell]!;
    if (count <= 0) continue;
    const at = (cells.base + cell) >> (level - cells.level);
    wide[at]! += count * weight;
    if (at < range.low) range.low = at;
    if (at > range.high) range.high = at;
  }
}

/** Moves a small part of either tail inwards, where the range is too wide without. */
function trim(range: Range): void {
  if (range.high - range.low < cellCount) return;
  let total = 0;
  for (let at = range.low; at <= range.high; at += 1) total += wide[at]!;
  while (range.high - range.low >= cellCount && wide[range.low]! <= total * trimmedLow) {
    wide[range.low + 1]! += wide[range.low]!;
    wide[range.low] = 0;
    range.low += 1;
  }
  while (range.high - range.low >= cellCount && wide[range.high]! <= total * trimmedHigh) {
    wide[range.high - 1]! += wide[range.high]!;
    wide[range.high] = 0;
    range.high -= 1;
  }
}

function coarsen(range: Range): void {
  for (let at = range.low; at <= range.high; at += 1) {
    const count = wide[at]!;
    wide[at] = 0;
    wide[at >> 1]! += count;
  }
  range.low >>= 1;
  range.high >>= 1;
}
