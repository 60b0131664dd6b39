import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from './bytes.ts';

/** SHA-256 of a text (as UTF-8) or of bytes, written `sha256:` and 64 lower-case hexadecimal digits. */
export function digestOf(text: string | Uint8Array): string {
  return `sha256:${toHex(sha256(typeof text === 'string' ? utf8(text) : text))}`;
}

/** The id of an Ed25519 key: the first 16 hexadecimal digits of the SHA-256 of its raw 32 bytes. */
export function keyIdOf(rawPublicKey: Uint8Array): string {
  return toHex(sha256(rawPublicKey)).slice(0, 16);
}
