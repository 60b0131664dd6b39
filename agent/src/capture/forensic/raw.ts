/** The ring as it was frozen, in a file: read in any order, a piece at a time. */
import type { FileHandle } from 'node:fs/promises';
import { forensicRecord, gapRecordsMax, recordsAtOnce } from './record.ts';

/** Fills `into`; throws where the file ends before. */
async function readFully(file: FileHandle, into: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new Error(`the copy of the ring ends at byte ${position + done}`);
    done += bytesRead;
  }
}

export interface RawReader {
  /** What was read last; valid until the next read. */
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Reads `count` records from `first` on, at most `recordsAtOnce`; they lie at the beginning of `bytes`. */
  readRange(first: number, count: number): Promise<void>;
  /** Reads the records at these places, at most `recordsAtOnce`. Neighbours cost one read together. */
  readPlaces(places: Uint32Array): Promise<void>;
  /** Where a record of the last `readPlaces` lies in `bytes`. */
  offsetOf(place: number): number;
}

/** @param bytes What is read into: room for `recordsAtOnce` records and the gaps between them. */
export function createRawReader(file: FileHandle, bytes: Buffer): RawReader {
  const { size } = forensicRecord;
  /** Of each run of neighbours the first place, and how many records lie in `bytes` before it. */
  const firsts = new Uint32Array(recordsAtOnce);
  const befores = new Uint32Array(recordsAtOnce);
  let runs = 0;

  const read = async (first: number, count: number, before: number): Promise<void> => {
    await readFully(file, bytes.subarray(before * size, (before + count) * size), first * size);
  };
  const readPlaces = async (places: Uint32Array): Promise<void> => {
    const sorted = places.slice().sort();
    let before = 0;
    runs = 0;
    for (let index = 0; index < sorted.length;) {
      const first = sorted[index]!;
      let last = first;
      while (++index < sorted.length && sorted[index]! - last <= gapRecordsMax + 1) last = sorted[index]!;
      firsts[runs] = first;
      befores[runs++] = before;
      await read(first, last - first + 1, before);
      before += last - first + 1;
    }
  };
  const offsetOf = (place: number): number => {
    let low = 0;
    let high = runs - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (firsts[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    return (befores[low]! + place - firsts[low]!) * size;
  };
  return {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    bytes,
    readRange: async (first, count) => {
      await read(first, count, 0);
    },
    readPlaces,
    offsetOf,
  };
}
