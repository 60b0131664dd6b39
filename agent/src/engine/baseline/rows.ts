/**
 * One row of 96 bytes for each feature of a target that was ever more than zero: two pieces of at most 30 s that are
 * not learned yet, the main histogram, and the last answer. The main histogram holds the running hour where the row has
 * a season, and else whatever is known, in which case it is thinned as it grows and fades by the week.
 */
import { cellCount, Cells } from './cells.ts';
import { pageBytes, type Pages, type Slab } from './pages.ts';
import { applyHead, decayBetween, headOf } from './season.ts';

const rowBytes = 96;
const rowsOfPage = Math.floor(pageBytes / rowBytes);
/** A row's number is its page and its place there, from 1 on, so that no row is 0. */
const placeBits = 6;
const placeMask = (1 << placeBits) - 1;
const at = { season: 0, answer: 4, validUntil: 20, main: 24, older: 58, newer: 76, pieces: 94, week: 95 };
const pieceBytes = 2 + cellCount;
/** Without a season: from so many observations on, one piece of sixteen is kept, or a week would not fit 16 bits. */
const thinnedFrom = 8192;
const thinnedTo = 16;
/**
 * Part of a row that survives a restart: all but the number of its page. The last answer is among it, or a thousand
 * targets would need theirs worked out in the first tick.
 */
const keptFrom = at.answer;
export const keptBytes = rowBytes - keptFrom;

/** What was said to be usual; see `Usual`. */
export interface Answer {
  readonly median: number;
  readonly spread: number;
  readonly high: number;
  readonly count: number;
}

export class Rows {
  readonly #pages: Pages;
  readonly #free: number[] = [];
  readonly #piece = new Cells();
  readonly #sum = new Cells();

  constructor(pages: Pages) {
    this.#pages = pages;
  }

  /** An empty row; 0 where there is no memory. */
  take(): number {
    if (this.#free.length === 0) {
      const page = this.#pages.take();
      if (page === null) return 0;
      for (let place = rowsOfPage; place > 0; place -= 1) this.#free.push((page << placeBits) | place);
    }
    const row = this.#free.pop()!;
    this.#slab(row).u8.fill(0, this.#offset(row), this.#offset(row) + rowBytes);
    return row;
  }

  /** Its season must have been given back. */
  give(row: number): void {
    this.#free.push(row);
  }

  /** Counts one observation, in the newer piece. */
  insert(row: number, bucket: number): void {
    const { u8, u16 } = this.#slab(row);
    const from = this.#offset(row) + at.newer;
    const head = u16[from >> 1]!;
    if (head !== 0) {
      const cell = (bucket >> ((head - 1) >>> 10)) - ((head - 1) & 1023);
      if (cell >= 0 && cell < cellCount) {
        if (u8[from + 2 + cell]! < 255) u8[from + 2 + cell]! += 1;
        return;
      }
      this.#readPiece(row, at.newer, this.#sum);
    } else {
      this.#sum.clear();
    }
    this.#piece.setBucket(bucket, 1);
    this.#sum.add(this.#piece);
    u16[from >> 1] = headOf(this.#sum);
    for (let i = 0; i < cellCount; i += 1) u8[from + 2 + i] = Math.min(255, this.#sum.counts[i]!);
  }

  /** Forgets what is not learned yet. */
  dropPieces(row: number): void {
    const from = this.#offset(row);
    this.#slab(row).u8.fill(0, from + at.older, from + at.newer + pieceBytes);
  }

  /** The older piece is learned, the newer one becomes the older. */
  shiftPieces(row: number): void {
    const { u8 } = this.#slab(row);
    const from = this.#offset(row);
    u8[from + at.pieces]! += 1;
    if (!this.#isSkipped(row)) this.#learnOlder(row);
    u8.copyWithin(from + at.older, from + at.newer, from + at.newer + pieceBytes);
    u8.fill(0, from + at.newer, from + at.newer + pieceBytes);
  }

  readMain(row: number, into: Cells): void {
    const { u16 } = this.#slab(row);
    const from = (this.#offset(row) + at.main) >> 1;
    if (u16[from] === 0) {
      into.clear();
      return;
    }
    applyHead(into, u16[from]!);
    for (let cell = 0; cell < cellCount; cell += 1) into.counts[cell] = u16[from + 1 + cell]!;
  }

  /** Halved until every count fits 16 bits. */
  writeMain(row: number, cells: Cells): void {
    const { u16 } = this.#slab(row);
    const from = (this.#offset(row) + at.main) >> 1;
    const largest = Math.max(...cells.counts);
    const factor = largest > 65_535 ? 2 ** -Math.ceil(Math.log2(largest / 65_535)) : 1;
    u16[from] = largest > 0 ? headOf(cells) : 0;
    for (let cell = 0; cell < cellCount; cell += 1)
      u16[from + 1 + cell] = Math.floor(cells.counts[cell]! * factor + 0.5);
  }

  clearMain(row: number): void {
    const from = this.#offset(row) + at.main;
    this.#slab(row).u8.fill(0, from, from + 2 + 2 * cellCount);
  }

  /** Without a season: lets what is known count less each week. */
  fadeMain(row: number, week: number): void {
    const { u8 } = this.#slab(row);
    const from = this.#offset(row) + at.week;
    const decay = decayBetween(u8[from]!, week);
    u8[from] = week & 255;
    if (decay === 1) return;
    this.readMain(row, this.#sum);
    this.#sum.scale(decay);
    this.writeMain(row, this.#sum);
  }

  /** Sets the week from which `fadeMain` counts. */
  setWeek(row: number, week: number): void {
    this.#slab(row).u8[this.#offset(row) + at.week] = week & 255;
  }

  /** Page of its season; null without one. */
  seasonOf(row: number): number | null {
    const page = this.#slab(row).u32[(this.#offset(row) + at.season) >> 2]!;
    return page === 0 ? null : page - 1;
  }

  setSeason(row: number, page: number | null): void {
    this.#slab(row).u32[(this.#offset(row) + at.season) >> 2] = page === null ? 0 : page + 1;
  }

  /**
   * The last answer: null where it was that nothing is known, undefined where it is too old at this second, or given for
   * a time that is not to come for `secondsMax`.
   */
  lastAnswer(row: number, second: number, secondsMax: number): Answer | null | undefined {
    const { f32, u32 } = this.#slab(row);
    const from = (this.#offset(row) + at.answer) >> 2;
    const until = u32[(this.#offset(row) + at.validUntil) >> 2]!;
    if (second >= until || until - second > secondsMax) return undefined;
    const count = f32[from + 3]!;
    if (count === 0) return null;
    return { median: f32[from]!, spread: f32[from + 1]!, high: f32[from + 2]!, count };
  }

  keepAnswer(row: number, answer: Answer | null, untilSecond: number): void {
    const { f32, u32 } = this.#slab(row);
    const from = (this.#offset(row) + at.answer) >> 2;
    u32[(this.#offset(row) + at.validUntil) >> 2] = untilSecond;
    f32[from] = answer?.median ?? 0;
    f32[from + 1] = answer?.spread ?? 0;
    f32[from + 2] = answer?.high ?? 0;
    f32[from + 3] = answer?.count ?? 0;
  }

  forgetAnswer(row: number): void {
    this.keepAnswer(row, null, 0);
  }

  /** The bytes that survive a restart. */
  kept(row: number): Uint8Array {
    const from = this.#offset(row) + keptFrom;
    return this.#slab(row).u8.subarray(from, from + keptBytes);
  }

  /** Takes over what `kept` gave, everything brought into range. */
  restore(row: number, kept: Uint8Array): void {
    this.kept(row).set(kept);
    const { u16, f32 } = this.#slab(row);
    const answer = (this.#offset(row) + at.answer) >> 2;
    if (!f32.subarray(answer, answer + 4).every((value) => value >= 0 && value < Infinity))
      this.forgetAnswer(row);
    for (const field of [at.main, at.older, at.newer]) {
      const index = (this.#offset(row) + field) >> 1;
      if (u16[index] === 0) continue;
      applyHead(this.#sum, u16[index]!);
      u16[index] = headOf(this.#sum);
    }
  }

  #isSkipped(row: number): boolean {
    if (this.seasonOf(row) !== null) return false;
    const { u8, u16 } = this.#slab(row);
    const from = this.#offset(row);
    if (u8[from + at.pieces]! % thinnedTo === 0) return false;
    let total = 0;
    for (let cell = 0; cell < cellCount; cell += 1) total += u16[((from + at.main) >> 1) + 1 + cell]!;
    return total >= thinnedFrom;
  }

  #learnOlder(row: number): void {
    const head = this.#slab(row).u16[(this.#offset(row) + at.older) >> 1]!;
    if (head === 0) return;
    if (this.#learnInPlace(row, head)) return;
    this.#readPiece(row, at.older, this.#piece);
    this.readMain(row, this.#sum);
    this.#sum.add(this.#piece);
    this.writeMain(row, this.#sum);
  }

  /** The usual case: every cell of the piece lies in a cell of the main histogram. */
  #learnInPlace(row: number, head: number): boolean {
    const { u8, u16 } = this.#slab(row);
    const piece = this.#offset(row) + at.older + 2;
    const main = (this.#offset(row) + at.main) >> 1;
    const mainHead = u16[main]!;
    const shift = ((mainHead - 1) >>> 10) - ((head - 1) >>> 10);
    if (mainHead === 0 || shift < 0) return false;
    const base = (mainHead - 1) & 1023;
    const pieceBase = (head - 1) & 1023;
    for (let cell = 0; cell < cellCount; cell += 1) {
      const count = u8[piece + cell]!;
      if (count === 0) continue;
      const to = ((pieceBase + cell) >> shift) - base;
      if (to < 0 || to >= cellCount || u16[main + 1 + to]! + 255 * cellCount > 65_535) return false;
    }
    for (let cell = 0; cell < cellCount; cell += 1) {
      const count = u8[piece + cell]!;
      if (count > 0) u16[main + 1 + ((pieceBase + cell) >> shift) - base]! += count;
    }
    return true;
  }

  #readPiece(row: number, which: number, into: Cells): void {
    const { u8, u16 } = this.#slab(row);
    const from = this.#offset(row) + which;
    applyHead(into, u16[from >> 1]!);
    for (let cell = 0; cell < cellCount; cell += 1) into.counts[cell] = u8[from + 2 + cell]!;
  }

  #slab(row: number): Slab {
    return this.#pages.slabOf(row >> placeBits);
  }

  #offset(row: number): number {
    return this.#pages.offsetOf(row >> placeBits) + ((row & placeMask) - 1) * rowBytes;
  }
}
