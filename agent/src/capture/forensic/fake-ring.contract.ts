/** The forensic ring without a kernel: the same records, written as the program writes them. */
import type { ForensicRing } from './dump.ts';
import { forensicRecord, snapBytes } from './record.ts';

export interface FakeRecord {
  readonly atNs: bigint;
  /** The whole frame; what is beyond the snap length is left out. */
  readonly frame: Uint8Array;
  /** @default 3 */
  readonly interface?: number;
  /** @default 0 */
  readonly rateShift?: number;
}

export interface FakeRing extends ForensicRing {
  /** Writes the next record, unless the ring is frozen; the oldest makes room. */
  write(record: FakeRecord): void;
  /** Puts any bytes in the place of the next record. */
  damage(bytes: Uint8Array): void;
  readonly frozen: boolean;
}

export function createFakeRing(records: number): FakeRing {
  const { size, fields } = forensicRecord;
  const bytes = new Uint8Array(records * size);
  const view = new DataView(bytes.buffer);
  let counter = 0;
  let frozen = false;
  const next = (): number => (counter++ % records) * size;
  return {
    bytes,
    records,
    freeze: () => void (frozen = true),
    unfreeze: () => void (frozen = false),
    write: ({ atNs, frame, interface: index = 3, rateShift = 0 }) => {
      if (frozen) return;
      const at = next();
      const captured = Math.min(frame.length, snapBytes);
      bytes.fill(0, at, at + size);
      view.setBigUint64(at + fields.at_ns, atNs, true);
      view.setUint32(at + fields.frame_bytes, frame.length, true);
      view.setUint16(at + fields.interface, index, true);
      view.setUint8(at + fields.captured, captured);
      view.setUint8(at + fields.rate_shift, rateShift);
      bytes.set(frame.subarray(0, captured), at + fields.data);
    },
    damage: (garbage) => {
      bytes.set(garbage.subarray(0, size), next());
    },
    get frozen() {
      return frozen;
    },
  };
}
