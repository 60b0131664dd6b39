/**
 * Freezes the ring, copies it to a file and lets it go on.
 *
 * Promises: the ring goes on whatever happens; the kernel writes the file straight from the memory that it shares
 * with us, on a thread of the pool, so that nothing passes through JavaScript's memory and the caller's thread is
 * free meanwhile. The ring stands still for as long as the copy takes: what arrives then is in no file.
 */
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { forensicRecord } from './record.ts';

export interface ForensicRing {
  /** The records, in memory that is shared with the kernel. */
  readonly bytes: Uint8Array;
  readonly records: number;
  /** After it the kernel begins no further record. */
  freeze(): void;
  unfreeze(): void;
}

/** A program that was already past the look at the switch needs a few microseconds to end. */
const settleMs = 2;

/** @param now Called while the ring stands still; returns what it returned. */
export async function dumpRing<T>(ring: ForensicRing, file: FileHandle, now: () => T): Promise<T> {
  const total = ring.records * forensicRecord.size;
  try {
    ring.freeze();
    await sleep(settleMs);
    const result = now();
    for (let done = 0; done < total;) {
      const { bytesWritten } = await file.write(ring.bytes, done, total - done, done);
      done += bytesWritten;
    }
    return result;
  } finally {
    ring.unfreeze();
  }
}
