/**
 * Bytes to text and back, the same in Node and in a browser: UTF-8, base64, hexadecimal.
 *
 * Decoders are strict: one value has one spelling, because signed and hashed texts are compared byte by byte.
 */
import { TidegateError } from '../errors/tidegate-error.ts';

const encoder = new TextEncoder();

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const notDigit = 64;
/** The value of each character code below 128. */
const valueOf = new Uint8Array(128).fill(notDigit);
for (let value = 0; value < digits.length; value++) valueOf[digits.charCodeAt(value)] = value;

/**
 * Decodes base64 with padding; anything but the canonical spelling is an error TG1014: white space, other alphabets, too
 * little or too much padding, bits behind the last byte.
 */
export function fromBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = text.length - padding;
  if (text.length % 4 !== 0) throw notBase64();
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let [held, heldBits, at] = [0, 0, 0];
  for (let index = 0; index < length; index++) {
    const value = valueOf[text.charCodeAt(index)] ?? notDigit;
    if (value === notDigit) throw notBase64();
    held = ((held << 6) | value) & 0xfff;
    heldBits += 6;
    if (heldBits < 8) continue;
    heldBits -= 8;
    bytes[at++] = held >> heldBits;
  }
  if ((held & ((1 << heldBits) - 1)) !== 0) throw notBase64();
  return bytes;
}

const notBase64 = (): TidegateError =>
  new TidegateError('TG1014', 'The text is not canonical base64 (RFC 4648, section 4, with padding).');

/** Lower-case hexadecimal digits, two a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
