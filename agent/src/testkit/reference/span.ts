/** A stretch of a frame: nothing outside of it can be read through it. Numbers are big-endian, as on the wire. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

export const wholeOf = (bytes: Uint8Array): Span => ({ bytes, from: 0, to: bytes.length });

export const sizeOf = ({ from, to }: Span): number => to - from;

/** The part from `start` on; empty where the span ends before. */
export const behind = ({ bytes, from, to }: Span, start: number): Span => ({
  bytes,
  from: Math.min(from + start, to),
  to,
});

/** The first `size` bytes, or as many as there are. */
export const firstOf = ({ bytes, from, to }: Span, size: number): Span => ({
  bytes,
  from,
  to: Math.min(to, from + size),
});

/** Throws where the byte is outside: a defect of the reader, whatever the frame says. */
export function octet({ bytes, from, to }: Span, at: number): number {
  const value = from + at < to ? bytes[from + at] : undefined;
  if (value === undefined) throw new RangeError(`byte ${at} of ${to - from} was read`);
  return value;
}

export const word = (span: Span, at: number): number => octet(span, at) * 256 + octet(span, at + 1);

/** An unsigned number of `size` bytes. */
export function bigNumber(span: Span, at: number, size: number): bigint {
  let value = 0n;
  for (let index = 0; index < size; index += 2) value = (value << 16n) | BigInt(word(span, at + index));
  return value;
}
