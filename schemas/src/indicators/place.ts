/**
 * Placing keys in buckets: each key lies in one of two, and keys move over to their other bucket to make room (cuckoo
 * hashing: Pagh and Rodler 2004; buckets of several keys: Dietzfelbinger and Weidling 2007). A look-up then reads two
 * lines, whatever the keys are.
 */
import { firstBucket, secondBucket } from './hash.ts';

/** Keys moved for the sake of one before another seed is tried. */
const movesMax = 500;

/**
 * Places every key, in a fixed order and without chance.
 *
 * @param hashes One for each key.
 * @returns For each lane of each line the number of its key plus one, or 0; null where some key finds no room.
 */
export function placeKeys(hashes: Uint32Array, lines: number, lanes: number): Uint32Array | null {
  const slots = new Uint32Array(lines * lanes);
  const filled = new Uint8Array(lines);
  const put = (bucket: number, key: number): void => {
    slots[bucket * lanes + filled[bucket]!++] = key + 1;
  };
  const otherBucket = (key: number, bucket: number): number => {
    const first = firstBucket(hashes[key]!, lines);
    return first === bucket ? secondBucket(hashes[key]!, lines) : first;
  };

  let turn = 1;
  for (let key = 0; key < hashes.length; key++) {
    const first = firstBucket(hashes[key]!, lines);
    const second = secondBucket(hashes[key]!, lines);
    let bucket = filled[second]! < filled[first]! ? second : first;
    let homeless = key;
    for (let moves = 0; filled[bucket] === lanes; moves++) {
      if (moves === movesMax) return null;
      turn = (Math.imul(turn, 1664525) + 1013904223) >>> 0;
      const slot = bucket * lanes + Math.floor((turn * lanes) / 2 ** 32);
      const evicted = slots[slot]! - 1;
      slots[slot] = homeless + 1;
      homeless = evicted;
      bucket = otherBucket(homeless, bucket);
    }
    put(bucket, homeless);
  }
  return slots;
}
