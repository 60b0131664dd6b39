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

/** Decodes base64 with padding; anything but the canonical spelling is an error TG1014. */
export function fromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new TidegateError('TG1014', 'The text is not base64 (RFC 4648, section 4, with padding).', {
      cause,
    });
  }
  // atob skips white space and forgives padding and stray bits; only one spelling may pass.
  if (btoa(binary) !== text) {
    throw new TidegateError(
      'TG1014',
      'The text is not canonical base64 (RFC 4648, section 4, with padding).',
    );
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Lower-case hexadecimal digits, two a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
