/** Payloads put together from numbers and texts. */
import { utf8 } from '@tidegate/schemas';
import type { SeededRandom } from './random.ts';

type Part = number | string | Uint8Array | readonly number[];

/** Numbers are single bytes, texts UTF-8. */
export function bytes(...parts: readonly Part[]): Uint8Array {
  const pieces = parts.map((part) => {
    if (typeof part === 'number') return [part];
    return typeof part === 'string' ? utf8(part) : part;
  });
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

export const chance = (random: SeededRandom, count: number): number[] =>
  Array.from({ length: count }, () => random.integer(0, 255));

export const letters = (random: SeededRandom, count: number): string =>
  Array.from({ length: count }, () => String.fromCharCode(97 + random.integer(0, 25))).join('');

export const big16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
export const big32 = (value: number): number[] => [...big16(value >>> 16), ...big16(value)];
export const little16 = (value: number): number[] => big16(value).reverse();

/** One element of BER (X.690) with a length in the definite form. */
export function ber(tag: number, ...parts: readonly Part[]): Uint8Array {
  const value = bytes(...parts);
  if (value.length < 128) return bytes(tag, value.length, value);
  return value.length < 256
    ? bytes(tag, 0x81, value.length, value)
    : bytes(tag, 0x82, big16(value.length), value);
}
