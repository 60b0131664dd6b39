/** Reads what one capture process counted since the reading before. */
import { formatAddress } from '@tidegate/schemas';
import { counter, counterNames, type Sample } from '../../engine/types.ts';
import {
  overflowRow,
  rowCounters,
  sampleBytesMax,
  samplesWaitingMax,
  total,
  word,
  type CaptureMemory,
} from './memory.ts';
import { isTakenRow } from './rows.ts';

const columns = counterNames.length;

export interface MemoryReader {
  /** Visits what targets received since the call before; `counts` is valid during the visit. */
  readTargets(visit: (target: string, counts: Float64Array) => void): void;
  /** Samples since the call before; they keep their bytes. */
  readSamples(): Sample[];
  /** Since the call before. */
  readLosses(): { samples: number; packets: number };
  /** Adds a target's counters since the capture began; false where it was never seen. */
  addTotals(target: string, into: Float64Array): boolean;
}

export function createMemoryReader(memory: CaptureMemory): MemoryReader {
  const { counters, epochs, words, totals } = memory;
  const last = new Float64Array(memory.rows * columns);
  const epochsSeen = new Int32Array(memory.rows);
  const targets = new Map<number, string>();
  const rowsByTarget = new Map<string, number>();
  const counts = new Float64Array(columns);
  let [lostSamples, lostByKernel] = [0, 0];

  /** The row's address, also when it changed hands; undefined while it belongs to nobody. */
  const targetOf = (row: number): string | undefined => {
    const epoch = Atomics.load(epochs, row);
    if (epoch === epochsSeen[row]) return targets.get(row);
    const before = targets.get(row);
    if (before !== undefined) rowsByTarget.delete(before);
    targets.delete(row);
    epochsSeen[row] = epoch;
    last.fill(0, row * columns, (row + 1) * columns);
    if (!isTakenRow(memory, row)) return undefined;
    const target = addressText(memory.addresses, row * 4);
    targets.set(row, target);
    rowsByTarget.set(target, row);
    return target;
  };
  /** Fills `counts`; false where nothing came. */
  const difference = (row: number): boolean => {
    const from = row * rowCounters;
    const before = row * columns;
    if (counters[from + counter.packets] === last[before + counter.packets]) return false;
    for (let column = 0; column < columns; column++) {
      const now = counters[from + column]!;
      counts[column] = now - last[before + column]!;
      last[before + column] = now;
    }
    return true;
  };
  return {
    readTargets: (visit) => {
      const used = Atomics.load(words, word.rowsUsed);
      for (let row = 1; row < used; row++) {
        const target = targetOf(row);
        if (target !== undefined && difference(row)) visit(target, counts);
      }
    },
    readSamples: () => readSamples(memory, (row) => targetOf(row)),
    readLosses: () => {
      const packets = totals[total.lostByKernel]! - lostByKernel;
      const samples = totals[total.lostSamples]! - lostSamples;
      lostByKernel += packets;
      lostSamples += samples;
      const uncounted = difference(overflowRow) ? counts[counter.packets]! : 0;
      return { samples, packets: packets + uncounted };
    },
    addTotals: (target, into) => {
      if (!rowsByTarget.has(target))
        for (let row = 1; row < Atomics.load(words, word.rowsUsed); row++) targetOf(row);
      const row = rowsByTarget.get(target);
      if (row === undefined || targetOf(row) !== target) return false;
      for (let column = 0; column < columns; column++) {
        into[column] = into[column]! + counters[row * rowCounters + column]!;
      }
      return true;
    },
  };
}

function readSamples(
  { words, samples }: CaptureMemory,
  targetOf: (row: number) => string | undefined,
): Sample[] {
  const written = Atomics.load(words, word.samplesWritten);
  let at = words[word.samplesRead]!;
  const found: Sample[] = [];
  // Samples are kept for some windows: their bytes are cut from one block, which is garbage when the last one is.
  const block = new Uint8Array(((written - at) | 0) * sampleBytesMax);
  for (; at !== written; at = (at + 1) | 0) {
    const place = at & (samplesWaitingMax - 1);
    const data = block.subarray(found.length * sampleBytesMax).subarray(0, samples.captured[place]);
    data.set(samples.data.subarray(place * sampleBytesMax, place * sampleBytesMax + data.length));
    const row = samples.row[place]!;
    const target = (row === overflowRow ? undefined : targetOf(row)) ?? destinationOf(data);
    found.push({
      target,
      atNs: samples.atNs[place]!,
      length: samples.length[place]!,
      rate: samples.rate[place]!,
      data,
    });
  }
  Atomics.store(words, word.samplesRead, written);
  return found;
}

function addressText(words: Int32Array, at: number): string {
  const view = new DataView(new ArrayBuffer(16));
  for (let index = 0; index < 4; index++) view.setInt32(index * 4, words[at + index]!);
  return formatAddress(new Uint8Array(view.buffer));
}

/** Destination in an IP header; for addresses that have no row. */
const destinationOf = (data: Uint8Array): string =>
  data[0]! >> 4 === 6 ? formatAddress(data.slice(24, 40)) : data.subarray(16, 20).join('.');
