import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstBucket, hashKey, hashWord, secondBucket, swapBytes } from './hash.ts';

/** The same in 64-bit arithmetic, as one reads it in the description of the format. */
function slowHash(key: number, seed: number): bigint {
  const low = (value: bigint): bigint => value & 0xffffffffn;
  let hash = low(BigInt((key ^ seed) >>> 0) * 0x9e3779b1n);
  hash ^= hash >> 15n;
  hash = low(hash * 0x85ebca6bn);
  return hash ^ (hash >> 13n);
}

const word = fc.nat(0xffffffff);

describe('the hash', () => {
  it('is the one of the format, for any key and seed', () => {
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 1_000_000 }), (key, seed, lines) => {
        const slow = slowHash(key, seed);
        const mixed = (slow * 0xc2b2ae35n) & 0xffffffffn;
        expect(hashWord(key, seed)).toBe(Number(slow));
        expect(firstBucket(Number(slow), lines)).toBe(Number((slow * BigInt(lines)) >> 32n));
        expect(secondBucket(Number(slow), lines)).toBe(
          Number(((mixed ^ (mixed >> 16n)) * BigInt(lines)) >> 32n),
        );
      }),
    );
  });

  it('folds a long key into a word', () => {
    fc.assert(
      fc.property(word, word, word, word, word, (a, b, c, d, seed) => {
        let folded = (a ^ seed) >>> 0;
        for (const next of [b, c, d]) {
          const product = BigInt((folded ^ (folded >>> 15)) >>> 0) * 0x27d4eb2fn;
          folded = (Number(product & 0xffffffffn) ^ next) >>> 0;
        }
        expect(hashKey(a, b, c, d, seed)).toBe(Number(slowHash(folded, seed)));
      }),
    );
  });

  it('has these values, for an implementation in another language to compare', () => {
    expect([hashWord(0xcb007107, 0), hashWord(0xcb007107, 0x9e3779b1)]).toEqual([701812199, 3075078934]);
    expect(hashKey(1, 2, 3, 4, 5)).toBe(3247955087);
    expect(swapBytes(0x01020384)).toBe(0x84030201);
  });
});
