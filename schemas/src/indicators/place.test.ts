import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstBucket, hashWord, secondBucket } from './hash.ts';
import { placeKeys } from './place.ts';

const hashesOf = (count: number, seed: number): Uint32Array =>
  Uint32Array.from({ length: count }, (_, key) => hashWord(key + 1, seed));

describe('placeKeys', () => {
  it.each([4, 8, 16])(
    'places each key once, in one of its two lines of %i lanes, at a load of 0.8',
    (lanes) => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (count, seed) => {
          const hashes = hashesOf(count, seed);
          // A table of a few lines has little choice; it takes another seed or more lines.
          const lines = Math.ceil(count / (lanes * 0.8)) + 3;
          const slots = placeKeys(hashes, lines, lanes);
          if (slots === null) {
            expect(count).toBeLessThan(lanes * 8);
            return;
          }
          const placed = [...slots.entries()].filter(([, key]) => key !== 0);
          expect(placed.map(([, key]) => key).sort((a, b) => a - b)).toEqual(
            Array.from({ length: count }, (_, key) => key + 1),
          );
          for (const [slot, key] of placed) {
            const hash = hashes[key - 1]!;
            expect([firstBucket(hash, lines), secondBucket(hash, lines)]).toContain(Math.floor(slot / lanes));
          }
        }),
        { numRuns: 30 },
      );
    },
  );

  it('gives the same places for the same keys', () => {
    const hashes = hashesOf(1000, 7);
    expect(placeKeys(hashes, 313, 4)).toEqual(placeKeys(hashes, 313, 4));
  });

  it('gives up where more keys share a hash than two lines have lanes', () => {
    const shared = new Uint32Array(9).fill(0x12345678);
    expect(placeKeys(shared.subarray(0, 8), 1000, 4)).not.toBeNull();
    expect(placeKeys(shared, 1000, 4)).toBeNull();
  });

  it('has no lines for no keys', () => {
    expect(placeKeys(new Uint32Array(0), 0, 4)).toEqual(new Uint32Array(0));
  });
});
