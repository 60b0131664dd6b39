/**
 * The memory that the capture process writes and the agent reads: who is counted, counters, samples. One writer, one
 * reader; both run on one machine, so the byte order is its own.
 */
import { counterNames } from '../../engine/types.ts';

/** Counters of one row; the rest of a row is padding to whole cache lines of 64 bytes. */
export const rowCounters = Math.ceil(counterNames.length / 8) * 8;
/** Row of everything that found no row of its own. */
export const overflowRow = 0;
/** Bytes that are kept of a sample, from the IP header on. */
export const sampleBytesMax = 128;
/** Samples that wait to be read; a power of two. Two tenths of a second of the most that are taken. */
export const samplesWaitingMax = 2048;

/** Indexes of `totals`. */
export const total = { lostByKernel: 0, lostSamples: 1 } as const;
/** Indexes of `words`. */
export const word = { rowsUsed: 0, samplesWritten: 1, samplesRead: 2, pause: 3 } as const;

const headerBytes = 128;

export interface CaptureMemory {
  readonly rows: number;
  /** Sums since the memory was made, by `total`. */
  readonly totals: Float64Array;
  /** Positions and switches, by `word`; read and written with Atomics. */
  readonly words: Int32Array;
  /** By row: grows by two when the row changes hands, and is odd while it does. */
  readonly epochs: Int32Array;
  /** By row: the address, four words, IPv4 mapped. */
  readonly addresses: Int32Array;
  /** By row: `rowCounters` sums. */
  readonly counters: Float64Array;
  readonly samples: SampleColumns;
}

interface SampleColumns {
  /** Kernel monotonic time, ns. */
  readonly atNs: Float64Array;
  readonly rate: Float64Array;
  readonly row: Int32Array;
  /** Length of the IP packet, bytes. */
  readonly length: Int32Array;
  readonly captured: Int32Array;
  readonly data: Uint8Array;
}

/** Where each column begins. Columns of eight-byte numbers come first, so that all of them are aligned. */
function place(targetsMax: number) {
  const rows = targetsMax + 1;
  const bytes = {
    counters: rows * rowCounters * 8,
    atNs: samplesWaitingMax * 8,
    rate: samplesWaitingMax * 8,
    epochs: rows * 4,
    addresses: rows * 16,
    row: samplesWaitingMax * 4,
    length: samplesWaitingMax * 4,
    captured: samplesWaitingMax * 4,
    data: samplesWaitingMax * sampleBytesMax,
  };
  type Column = keyof typeof bytes;
  let end = headerBytes;
  const from = {} as Record<Column, number>;
  for (const column of Object.keys(bytes) as Column[]) {
    from[column] = end;
    end += bytes[column];
  }
  return { rows, from, end };
}

export const captureMemoryBytes = (targetsMax: number): number => place(targetsMax).end;

/** @param buffer Zeros at first, `captureMemoryBytes(targetsMax)` long. */
export function captureMemory(buffer: ArrayBuffer, targetsMax: number): CaptureMemory {
  const { rows, from } = place(targetsMax);
  const integers = (offset: number, count: number): Int32Array => new Int32Array(buffer, offset, count);
  const doubles = (offset: number, count: number): Float64Array => new Float64Array(buffer, offset, count);
  return {
    rows,
    totals: doubles(0, 8),
    words: integers(64, 16),
    epochs: integers(from.epochs, rows),
    addresses: integers(from.addresses, rows * 4),
    counters: doubles(from.counters, rows * rowCounters),
    samples: {
      atNs: doubles(from.atNs, samplesWaitingMax),
      rate: doubles(from.rate, samplesWaitingMax),
      row: integers(from.row, samplesWaitingMax),
      length: integers(from.length, samplesWaitingMax),
      captured: integers(from.captured, samplesWaitingMax),
      data: new Uint8Array(buffer, from.data, samplesWaitingMax * sampleBytesMax),
    },
  };
}
