import { sha256 } from '@noble/hashes/sha2.js';

/** Length of every hash in the tree, bytes. */
export const hashBytes = 32;

/** Hash of a leaf: SHA-256(0x00 ‖ data) (RFC 6962, section 2.1). */
export function leafHash(data: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(data.length + 1);
  prefixed.set(data, 1);
  return sha256(prefixed);
}

/** Hash of two children: SHA-256(0x01 ‖ left ‖ right) (RFC 6962, section 2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(1 + 2 * hashBytes);
  prefixed[0] = 1;
  prefixed.set(left, 1);
  prefixed.set(right, 1 + hashBytes);
  return sha256(prefixed);
}

/** Root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot = (): Uint8Array => sha256(new Uint8Array(0));

export const sameHash = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && left.every((byte, index) => byte === right[index]);
