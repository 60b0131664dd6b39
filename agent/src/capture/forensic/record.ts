/** One record of the forensic ring: which are to be believed, and when they happened. */
import { structs } from '../../kernel/xdp/index.ts';

export const forensicRecord = structs.tg_forensic_record;

/** What is kept of a frame at most. */
export const snapBytes = forensicRecord.size - forensicRecord.fields.data;

const ethernetHeaderBytes = 14;
const rateShiftMax = 31;

/** Raw records are worked on in pieces of so many: 72 KiB, and less than 2 ms of work also before it is compiled. */
export const recordsAtOnce = 512;
/** Records between two wanted ones that are read along rather than asked for twice. */
export const gapRecordsMax = 4;

/** Records that went into no file, by reason. */
export interface Skipped {
  /** Never written, or not to the end. */
  readonly empty: number;
  /** Fields that contradict each other: half written, or not a record. */
  readonly torn: number;
  /** From before the window that a file covers. */
  readonly tooOld: number;
  /** From after the ring was frozen, which cannot be. */
  readonly fromTheFuture: number;
}

/** Whether nothing was ever written here; the kernel writes the time last. */
export const isEmpty = (view: DataView, at: number): boolean =>
  view.getUint32(at, true) === 0 && view.getUint32(at + 4, true) === 0;

/** Whether the fields contradict each other. */
export function isTorn(view: DataView, at: number): boolean {
  const captured = view.getUint8(at + forensicRecord.fields.captured);
  return (
    captured < ethernetHeaderBytes ||
    captured > snapBytes ||
    captured > view.getUint32(at + forensicRecord.fields.frame_bytes, true) ||
    view.getUint16(at + forensicRecord.fields.interface, true) === 0 ||
    view.getUint8(at + forensicRecord.fields.rate_shift) > rateShiftMax
  );
}

/** The times that a file may cover: from `baseNs` on, kernel monotonic time, for `spanNs`. */
export interface Span {
  readonly baseNs: bigint;
  readonly spanNs: number;
}

/** The span that ends at `endNs`; the clock begins at 0, and 0 means that nothing was written. */
export function spanBefore(endNs: number, windowMs: number): Span {
  const end = BigInt(Math.round(endNs));
  const begin = end - BigInt(Math.round(windowMs)) * 1_000_000n;
  const baseNs = begin > 0n ? begin : 0n;
  return { baseNs, spanNs: Number(end - baseNs) };
}

/**
 * A function that gives a record's time after the base, ns: exact within a span of 104 days, and anything but exact,
 * though on the right side of the span, outside of it.
 */
export function timeReader({ baseNs }: Span): (view: DataView, at: number) => number {
  const high = Number(baseNs >> 32n);
  const low = Number(baseNs & 0xffff_ffffn);
  return (view, at) =>
    (view.getUint32(at + 4, true) - high) * 0x1_0000_0000 + (view.getUint32(at, true) - low);
}
