/**
 * The counters of a window as our own encoder writes them, read byte by byte: most of a long recording is this, and
 * reading it as any JSON takes several times as long. Whatever looks different in any way is left to the general reader;
 * a test holds the two equal.
 */
import { utf8 } from '@tidegate/schemas';
import { counterNames } from '../types.ts';
import type { TargetReading } from '../types.ts';

export interface OwnForm {
  readonly atMs: number;
  readonly intervalMs: number;
  readonly targets: readonly TargetReading[];
  /** Where the key `samples` begins, with its quote; -1 where it is empty and nothing follows. */
  readonly restAt: number;
}

/** Above this a sum of digits is no longer exact; `Number` rounds it as it should be. */
const exactDigits = 15;
const digitsMax = 20;
const decimalLengthMax = 24;
const addressLengthMax = 45;
/** As many as the shape of a window allows. */
const targetsMax = 65_536;

const text = {
  begin: utf8('{"atMs":'),
  interval: utf8(',"intervalMs":'),
  targets: utf8(',"targets":['),
  target: utf8('{"target":"'),
  counts: utf8('","counts":['),
  samples: utf8('],"samples":['),
  end: utf8(']}'),
};
const quote = 0x22;
const comma = 0x2c;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;
const closeList = 0x5d;
const closeObject = 0x7d;

/** Where the text ends that begins here, or -1 where another one does. */
function after(bytes: Uint8Array, at: number, expected: Uint8Array): number {
  for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return -1;
  return at + expected.length;
}

const latin = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

/** A number without sign and exponent: where it ends, or -1. */
function decimalEnd(bytes: Uint8Array, from: number): number {
  const point = digitsEnd(bytes, from);
  if (point === from || (bytes[from] === zero && point > from + 1)) return -1;
  if (bytes[point] !== dot) return point - from <= decimalLengthMax ? point : -1;
  const end = digitsEnd(bytes, point + 1);
  return end > point + 1 && end - from <= decimalLengthMax ? end : -1;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! >= zero && bytes[at]! <= nine) at += 1;
  return at;
}

export class OwnFormReader {
  readonly #places: Int32Array;
  /** Targets come in about the same order in each window: their bytes are compared, and no text is made anew. */
  readonly #known: { readonly bytes: Uint8Array; readonly text: string }[] = [];

  /** @param places Where each class of the header has its counter. */
  constructor(places: Int32Array) {
    this.#places = places;
  }

  /** Null where the line has another form, be it right or wrong. */
  read(bytes: Uint8Array): OwnForm | null {
    const atMsFrom = after(bytes, 0, text.begin);
    const atMsTo = atMsFrom < 0 ? -1 : decimalEnd(bytes, atMsFrom);
    const intervalFrom = atMsTo < 0 ? -1 : after(bytes, atMsTo, text.interval);
    const intervalTo = intervalFrom < 0 ? -1 : decimalEnd(bytes, intervalFrom);
    let at = intervalTo < 0 ? -1 : after(bytes, intervalTo, text.targets);
    if (at < 0) return null;
    const intervalMs = Number(latin(bytes, intervalFrom, intervalTo));
    if (!(intervalMs > 0)) return null;
    const targets: TargetReading[] = [];
    while (bytes[at] !== closeList) {
      if (targets.length >= targetsMax || (targets.length > 0 && bytes[at++] !== comma)) return null;
      const counts = new Float64Array(counterNames.length);
      const from = after(bytes, at, text.target);
      const target = from < 0 ? null : this.#address(bytes, from, targets.length);
      const countsAt = target === null ? -1 : after(bytes, from + target.length, text.counts);
      at = countsAt < 0 ? -1 : this.#counts(bytes, countsAt, counts);
      if (target === null || at < 0) return null;
      targets.push({ target, counts });
    }
    const samplesAt = after(bytes, at, text.samples);
    if (samplesAt < 0) return null;
    const isAll = after(bytes, samplesAt, text.end) === bytes.length;
    const atMs = Number(latin(bytes, atMsFrom, atMsTo));
    return { atMs, intervalMs, targets, restAt: isAll ? -1 : at + 2 };
  }

  #address(bytes: Uint8Array, from: number, index: number): string | null {
    const known = this.#known[index];
    if (known !== undefined) {
      const end = after(bytes, from, known.bytes);
      if (end >= 0 && bytes[end] === quote) return known.text;
    }
    let end = from;
    while (end - from <= addressLengthMax && bytes[end] !== quote && end < bytes.length) end += 1;
    const address = latin(bytes, from, end);
    if (address.length > addressLengthMax || !/^[0-9A-Fa-f:.]+$/.test(address)) return null;
    this.#known[index] = { bytes: bytes.slice(from, end), text: address };
    return address;
  }

  /** Fills in the counters of a target; where its object ends, or -1. */
  #counts(bytes: Uint8Array, from: number, counts: Float64Array): number {
    const places = this.#places;
    let at = from;
    for (let index = 0; index < places.length; index++) {
      if (index > 0 && bytes[at++] !== comma) return -1;
      if (bytes[at++] !== quote) return -1;
      const first = at;
      let value = 0;
      for (let byte = bytes[at]!; byte >= zero && byte <= nine; byte = bytes[++at]!)
        value = value * 10 + byte - zero;
      const digits = at - first;
      if (bytes[at++] !== quote || digits === 0 || digits > digitsMax) return -1;
      if (digits > 1 && bytes[first] === zero) return -1;
      if (digits > exactDigits) value = Number(latin(bytes, first, first + digits));
      if (places[index]! >= 0) counts[places[index]!] = value;
    }
    return bytes[at] === closeList && bytes[at + 1] === closeObject ? at + 2 : -1;
  }
}
