/**
 * The hash of the tables, as the kernel computes it: 32-bit multiplications and shifts only, words as they lie in
 * memory on a little-endian machine.
 */

/** Hash of a 32-bit key; different keys have different hashes. */
export function hashWord(key: number, seed: number): number {
  let hash = Math.imul(key ^ seed, 0x9e3779b1);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/**
 * Hash of a 16-byte key, given as the four words that a little-endian machine reads. Each word is mixed before the
 * next one comes: the last byte of a word is its highest, and numbers that are counted up in two of them must not
 * cancel each other out. The seed comes first, so that another seed parts keys that shared a hash.
 */
export function hashKey(a: number, b: number, c: number, d: number, seed: number): number {
  let folded = a ^ seed;
  for (const word of [b, c, d]) folded = Math.imul(folded ^ (folded >>> 15), 0x27d4eb2f) ^ word;
  return hashWord(folded, seed);
}

/** The first of the two buckets that may hold a key. */
export const firstBucket = (hash: number, lines: number): number => Math.floor((hash * lines) / 2 ** 32);

/** The second one; it may be the same. */
export function secondBucket(hash: number, lines: number): number {
  const mixed = Math.imul(hash, 0xc2b2ae35);
  return Math.floor((((mixed ^ (mixed >>> 16)) >>> 0) * lines) / 2 ** 32);
}

/** A word with its bytes the other way round. */
export const swapBytes = (word: number): number =>
  ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
