/** A place in a line, and what can be read from there on. Nothing is read where something else stands. */
import { utf8 } from '@tidegate/schemas';

/** Up to so many digits a sum of digits is exact, and so is what a division by a power of ten makes of it (IEEE 754). */
const exactDigits = 15;
const digitsMax = 20;

const quote = 0x22;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;

const latin1 = new TextDecoder('latin1');

/** A text to look for, as bytes. */
export const expected = (text: string): Uint8Array => utf8(text);

export class Scanner {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Whether this text stands here; it is then behind us. */
  skip(text: Uint8Array): boolean {
    const { bytes, at } = this;
    for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text[index]) return false;
    this.at = at + text.length;
    return true;
  }

  skipByte(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  /** A number without sign and exponent, as JSON writes it; -1 for anything else. */
  decimal(): number {
    const start = this.at;
    let value = this.#digits();
    if (value < 0) return -1;
    let digits = this.at - start;
    if (this.skipByte(dot)) {
      const from = this.at;
      const fraction = this.#digits(true);
      if (fraction < 0) return -1;
      const places = this.at - from;
      digits += places;
      value = (value * 10 ** places + fraction) / 10 ** places;
    }
    return digits <= exactDigits ? value : Number(this.text(start, this.at));
  }

  /** A whole number without sign, as JSON writes it; -1 for anything else. */
  whole(): number {
    const start = this.at;
    const value = this.#digits();
    if (value < 0) return -1;
    return this.at - start <= exactDigits ? value : Number(this.text(start, this.at));
  }

  /** What stands here up to the next quote, which is then behind us; null where that is further than so many bytes. */
  quoted(bytesMax: number): string | null {
    const end = this.bytes.indexOf(quote, this.at);
    if (end < 0 || end - this.at > bytesMax) return null;
    const text = this.text(this.at, end);
    this.at = end + 1;
    return text;
  }

  text(from: number, to: number): string {
    return latin1.decode(this.bytes.subarray(from, to));
  }

  #digits(isFraction = false): number {
    const { bytes, at: start } = this;
    let at = start;
    let value = 0;
    for (let byte = bytes[at]!; byte >= zero && byte <= nine; byte = bytes[++at]!)
      value = value * 10 + byte - zero;
    const count = at - start;
    this.at = at;
    if (count === 0 || count > digitsMax) return -1;
    return !isFraction && count > 1 && bytes[start] === zero ? -1 : value;
  }
}
