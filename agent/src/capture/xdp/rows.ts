/** Reads counter rows out of the kernel's memory: one row per CPU and slot, summed over CPUs. */
import { rowCounters, type Datapath } from '../../kernel/xdp/index.ts';

const wordsPerRow = rowCounters * 2;
const twoTo32 = 2 ** 32;

export interface Rows {
  /** One counter of a slot, over all CPUs. Exact to 2^53. */
  total(slot: number, counter: number): number;
  /** Writes the first `counters` counters of a slot to `into`, from `at` on. */
  copyTotals(slot: number, into: Float64Array, at: number, counters: number): void;
}

export function openRows({ maps, rows, cpus }: Datapath): Rows {
  const words = maps.counters.u32;
  // A 64-bit counter is read as two halves, because a BigInt each would be garbage: read again when the upper half
  // moved in between.
  const read = (index: number): number => {
    for (;;) {
      const high = words[index + 1]!;
      const low = words[index]!;
      if (words[index + 1] === high) return high * twoTo32 + low;
    }
  };
  return {
    total: (slot, counter) => {
      let sum = 0;
      for (let cpu = 0; cpu < cpus; cpu++) sum += read((cpu * rows + slot) * wordsPerRow + counter * 2);
      return sum;
    },
    copyTotals: (slot, into, at, counters) => {
      into.fill(0, at, at + counters);
      for (let cpu = 0; cpu < cpus; cpu++) {
        const row = (cpu * rows + slot) * wordsPerRow;
        for (let counter = 0; counter < counters; counter++) into[at + counter]! += read(row + counter * 2);
      }
    },
  };
}
