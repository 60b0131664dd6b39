/**
 * Which row counts for which address. An address gets a row with its first packet; when nearly all are taken, those
 * that were silent for ten minutes are given away.
 *
 * Bound: the rows of the memory. Looking up and adding allocates nothing.
 */
import { overflowRow, rowCounters, word, type CaptureMemory } from './memory.ts';

/** Words to compare with, and which of their bits count. */
export interface WordPrefix {
  readonly value: readonly [number, number, number, number];
  readonly mask: readonly [number, number, number, number];
}

/** Not protected: not counted at all. */
export const noRow = -1;

const silentMs = 600_000;
/** Nearly all: fewer than one row in eight is left. */
const spareShare = 8;

/** Whether a row counts for an address at the moment. */
export const isTakenRow = ({ epochs }: CaptureMemory, row: number): boolean => {
  const epoch = Atomics.load(epochs, row);
  return epoch !== 0 && (epoch & 1) === 0;
};

export class RowTable {
  private readonly memory: CaptureMemory;
  /** Open addressing with linear probing, at most half full: row numbers, 0 where nothing is. */
  private readonly index: Int32Array;
  private readonly seed: number;
  private readonly seenMs: Float64Array;
  private readonly free: number[] = [];
  private prefixes: readonly WordPrefix[];

  /** @param seed Random, so that nobody can choose addresses that meet in one place. */
  constructor(memory: CaptureMemory, prefixes: readonly WordPrefix[], seed: number, nowMs: number) {
    this.memory = memory;
    this.prefixes = prefixes;
    this.seed = seed | 0;
    this.seenMs = new Float64Array(memory.rows).fill(nowMs);
    this.index = new Int32Array(2 ** Math.ceil(Math.log2(memory.rows * 2)));
    // The memory outlives the process that counts into it.
    for (let row = 1; row < this.used(); row++) {
      if (this.isTaken(row)) this.link(row);
      else this.release(row);
    }
  }

  /** The row of an address, the overflow row where there is none left, or `noRow`. */
  rowOf(address: Int32Array): number {
    const { addresses } = this.memory;
    const mask = this.index.length - 1;
    for (let at = this.hash(address, 0) & mask; ; at = (at + 1) & mask) {
      const row = this.index[at]!;
      if (row === 0) return this.isProtected(address, 0) ? this.add(address, at) : noRow;
      const base = row * 4;
      if (
        addresses[base] === address[0] &&
        addresses[base + 1] === address[1] &&
        addresses[base + 2] === address[2] &&
        addresses[base + 3] === address[3]
      ) {
        return row;
      }
    }
  }

  /** Says that a row counted something. */
  touch(row: number, nowMs: number): void {
    this.seenMs[row] = nowMs;
  }

  /** Takes rows from addresses outside of these prefixes. */
  setPrefixes(prefixes: readonly WordPrefix[]): void {
    this.prefixes = prefixes;
    this.giveUp((row) => !this.isProtected(this.memory.addresses, row * 4));
  }

  /** Takes rows from addresses that were silent, when few are left. To be called now and then. */
  reclaim(nowMs: number): void {
    const left = this.memory.rows - this.used() + this.free.length;
    if (left * spareShare >= this.memory.rows) return;
    this.giveUp((row) => nowMs - this.seenMs[row]! > silentMs);
  }

  private used(): number {
    return Math.max(1, this.memory.words[word.rowsUsed]!);
  }

  private add(address: Int32Array, at: number): number {
    const { memory } = this;
    const row = this.free.pop() ?? this.used();
    if (row >= memory.rows) return overflowRow;
    memory.addresses.set(address, row * 4);
    // A reader looks at the row once it has an even epoch and lies below `rowsUsed`.
    Atomics.store(memory.epochs, row, (memory.epochs[row]! | 1) + 1);
    if (row >= this.used()) Atomics.store(memory.words, word.rowsUsed, row + 1);
    this.index[at] = row;
    return row;
  }

  /** A row that is given up counts nothing and has an odd epoch until another address gets it. */
  private giveUp(isLeaving: (row: number) => boolean): void {
    this.index.fill(0);
    for (let row = 1; row < this.used(); row++) {
      if (!this.isTaken(row)) continue;
      if (isLeaving(row)) {
        Atomics.add(this.memory.epochs, row, 1);
        this.release(row);
      } else {
        this.link(row);
      }
    }
  }

  private isTaken(row: number): boolean {
    return isTakenRow(this.memory, row);
  }

  private release(row: number): void {
    this.memory.counters.fill(0, row * rowCounters, (row + 1) * rowCounters);
    this.free.push(row);
  }

  private link(row: number): void {
    const mask = this.index.length - 1;
    let at = this.hash(this.memory.addresses, row * 4) & mask;
    while (this.index[at] !== 0) at = (at + 1) & mask;
    this.index[at] = row;
  }

  private isProtected(words: Int32Array, at: number): boolean {
    for (const { value, mask } of this.prefixes) {
      if (
        ((words[at]! ^ value[0]) & mask[0]) === 0 &&
        ((words[at + 1]! ^ value[1]) & mask[1]) === 0 &&
        ((words[at + 2]! ^ value[2]) & mask[2]) === 0 &&
        ((words[at + 3]! ^ value[3]) & mask[3]) === 0
      ) {
        return true;
      }
    }
    return false;
  }

  private hash(words: Int32Array, at: number): number {
    let mixed = this.seed;
    for (let index = 0; index < 4; index++) {
      mixed = Math.imul(mixed ^ words[at + index]!, 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    }
    return mixed ^ (mixed >>> 16);
  }
}
