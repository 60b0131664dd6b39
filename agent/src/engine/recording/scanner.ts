/** A place in a line, and what can be read from there on. Nothing is read where something else stands. */
import { utf8 } from '@tidegate/schemas';

/** Up to so many digits a sum of digits is exact, and so is what a division by a power of ten makes of it (IEEE 754). */
const exactDigits = 15;
const digitsMax = 20;

const quote = 0x22;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;

const padding = 0x3d;

const notDigit = 64;
/** What each byte stands for in base64 (RFC 4648, section 4). */
const sextets = new Uint8Array(256).fill(notDigit);
for (const [value, digit] of utf8(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
).entries())
  sextets[digit] = value;

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

  /**
   * Base64 up to the next quote, which is then behind us, decoded into `into` from `at` on; how many bytes, or -1 for what
   * is not canonical, or has no room.
   */
  base64(into: Uint8Array, at: number): number {
    const { bytes } = this;
    const start = this.at;
    let from = start;
    let [held, heldBits, to] = [0, 0, at];
    for (let value = sextets[bytes[from]!]!; value < notDigit; value = sextets[bytes[++from]!]!) {
      held = ((held << 6) | value) & 0xfff;
      heldBits += 6;
      if (heldBits < 8) continue;
      heldBits -= 8;
      if (to >= into.length) return -1;
      into[to++] = held >> heldBits;
    }
    const digits = from - start;
    for (let left = (4 - (digits & 3)) & 3; left > 0; left--) if (bytes[from++] !== padding) return -1;
    const isCanonical = (digits & 3) !== 1 && (held & ((1 << heldBits) - 1)) === 0 && bytes[from] === quote;
    this.at = from + 1;
    return isCanonical ? to - at : -1;
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
