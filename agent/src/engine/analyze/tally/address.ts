/** Addresses as four 32-bit words, IPv4 mapped (RFC 4291, section 2.5.5.2): compared and hashed without text. */
import { formatAddress } from '@tidegate/schemas';

const mapped = 0xffff;

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

export function putIpv4(words: Int32Array, bytes: Uint8Array, at: number): void {
  words[0] = 0;
  words[1] = 0;
  words[2] = mapped;
  words[3] = word(bytes, at);
}

export function putIpv6(words: Int32Array, bytes: Uint8Array, at: number): void {
  words[0] = word(bytes, at);
  words[1] = word(bytes, at + 4);
  words[2] = word(bytes, at + 8);
  words[3] = word(bytes, at + 12);
}

export const isMappedWords = (words: Int32Array, at = 0): boolean =>
  words[at] === 0 && words[at + 1] === 0 && words[at + 2] === mapped;

/** A hash of the words, all of whose bits depend on all of theirs (the finaliser of MurmurHash3). */
export function hashWords(words: Int32Array, seed: number): number {
  let hash = seed;
  for (let index = 0; index < 4; index++) {
    hash = Math.imul(hash ^ words[index]!, 0x85eb_ca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Canonical text of the four words from `at` on. */
export function wordsText(words: Int32Array, at = 0): string {
  if (isMappedWords(words, at)) {
    const last = words[at + 3]!;
    return `${last >>> 24}.${(last >>> 16) & 0xff}.${(last >>> 8) & 0xff}.${last & 0xff}`;
  }
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < 4; index++) view.setInt32(index * 4, words[at + index]!);
  return formatAddress(bytes);
}

export const isSame = (left: Int32Array, right: Int32Array): boolean =>
  left[3] === right[3] && left[2] === right[2] && left[1] === right[1] && left[0] === right[0];

/** The /24 or /48 of an address. */
export function putPrefix(prefix: Int32Array, address: Int32Array, isIpv4: boolean): void {
  prefix[0] = address[0]!;
  prefix[1] = isIpv4 ? 0 : address[1]! & ~0xffff;
  prefix[2] = isIpv4 ? mapped : 0;
  prefix[3] = isIpv4 ? address[3]! & ~0xff : 0;
}

/** The words of 16 bytes. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const words = new Int32Array(4);
  putIpv6(words, bytes, 0);
  return words;
}
