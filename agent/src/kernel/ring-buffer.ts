/**
 * A BPF ring buffer (BPF_MAP_TYPE_RINGBUF), read from its mapped pages: no call into C for a record.
 *
 * The kernel owns the producer position and the records' headers, this side the consumer position; the data pages are
 * mapped twice in a row, so a record never wraps. Positions only grow. A record's header is written last, with a full
 * barrier, when the record is complete. There is one reader.
 */
import { mapInfo } from './bpf-map.ts';
import { mapFd, pageBytes } from './libc.ts';

const busy = 0x8000_0000;
const discarded = 0x4000_0000;
const headerBytes = 8;

export interface RingBuffer {
  /** Where records lie; `visit` is given offsets into it. */
  readonly data: Uint8Array;
  /**
   * Visits up to `max` complete records in order and hands their room back to the kernel; returns how many. What is
   * visited must be copied, and `visit` must not throw.
   */
  drain(max: number, visit: (offset: number, bytes: number) => void): number;
  /** Gives up everything that waits. */
  skip(): void;
  release(): void;
}

export function openRingBuffer(fd: number): RingBuffer {
  const page = pageBytes();
  const size = mapInfo(fd).maxEntries;
  const mask = size - 1;
  const consumer = mapFd(fd, page, { writable: true });
  const producer = mapFd(fd, page + 2 * size, { writable: false, offset: page });
  const consumed = new BigUint64Array(consumer.buffer, 0, 1);
  const produced = new BigUint64Array(producer.buffer, 0, 1);
  const headers = new Int32Array(producer.buffer, page, (2 * size) >> 2);
  return {
    data: new Uint8Array(producer.buffer, page, 2 * size),
    drain: (max, visit) => {
      // Exact to 2^53 bytes of samples: at 1 MB/s that is 285 years.
      const end = Number(Atomics.load(produced, 0));
      let at = Number(consumed[0]!);
      let visited = 0;
      while (at < end && visited < max) {
        const header = Atomics.load(headers, (at & mask) >> 2) >>> 0;
        if ((header & busy) !== 0) break;
        const bytes = header & ~discarded & ~busy;
        if ((header & discarded) === 0) {
          visit((at & mask) + headerBytes, bytes);
          visited++;
        }
        at += (bytes + headerBytes + 7) & ~7;
      }
      Atomics.store(consumed, 0, BigInt(at));
      return visited;
    },
    skip: () => {
      Atomics.store(consumed, 0, Atomics.load(produced, 0));
    },
    release: () => {
      consumer.release();
      producer.release();
    },
  };
}
