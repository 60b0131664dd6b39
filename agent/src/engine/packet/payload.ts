/** Reads what was captured of a packet's payload; bytes that were not captured are never there. */
import type { Packet } from './parse.ts';

const nothing = new Uint8Array(0);

/** What was captured behind the header of TCP or UDP, without copying; empty where there is nothing. */
export const payloadOf = ({ data, payloadOffset, sourcePort }: Packet): Uint8Array =>
  sourcePort === null || payloadOffset >= data.length ? nothing : data.subarray(payloadOffset);

/** Whether bytes begin with an ASCII text. */
export function startsWithText(bytes: Uint8Array, text: string, from = 0): boolean {
  if (bytes.length < from + text.length) return false;
  for (let index = 0; index < text.length; index++)
    if (bytes[from + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** Whether bytes begin with these bytes. */
export function startsWithBytes(bytes: Uint8Array, wanted: readonly number[], from = 0): boolean {
  if (bytes.length < from + wanted.length) return false;
  return wanted.every((byte, index) => bytes[from + index] === byte);
}

const isTextByte = (byte: number): boolean =>
  (byte >= 0x20 && byte < 0x7f) || byte === 0x0d || byte === 0x0a || byte === 0x09;

/** Whether the first bytes are printable ASCII, at least `min` of them. */
export function isText(bytes: Uint8Array, min = 8): boolean {
  if (bytes.length < min) return false;
  const end = Math.min(bytes.length, 64);
  for (let index = 0; index < end; index++) if (!isTextByte(bytes[index]!)) return false;
  return true;
}

/** Where the contents of a BER element begin (X.690, section 8.1.3), -1 where its header is cut off. */
export function berContents(bytes: Uint8Array, at: number): number {
  const first = bytes[at + 1];
  if (first === undefined) return -1;
  const length = first < 0x80 ? 0 : first & 0x7f;
  const contents = at + 2 + length;
  return contents <= bytes.length ? contents : -1;
}

/** Where the element behind a short BER element begins, -1 where it was not captured. */
export function berNext(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1];
  if (length === undefined || length >= 0x80) return -1;
  const next = at + 2 + length;
  return next < bytes.length ? next : -1;
}
