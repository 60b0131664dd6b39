import { describe, expect, it } from 'vitest';
import { bucketMs, goneNs } from './drop.ts';

const bucketNs = bucketMs * 1e6;
/** 200,000 packets/s are 2,000 in a bucket, and 5 % of them 100. */
const offeredPacketsPerSecond = 200_000;
/** When the stack was last flooded, in buckets from the start, for a flood of 50 buckets. */
function goneAfter(packets: readonly number[], endBuckets = 50): number | null {
  const buckets = packets.map((count, index) => ({ startNs: index * bucketNs, packets: count }));
  const ns = goneNs({ buckets, offeredPacketsPerSecond, endNs: endBuckets * bucketNs });
  return ns === null ? null : ns / bucketNs;
}
const times = (count: number, packets: number): number[] => Array.from({ length: count }, () => packets);

describe('goneNs', () => {
  it('is the end of the last flooded bucket', () => {
    expect(goneAfter([...times(8, 2000), 700, ...times(41, 0)])).toBe(9);
  });

  it('lets 5 % pass and no more', () => {
    expect(goneAfter([...times(8, 2000), ...times(42, 100)])).toBe(8);
    expect(goneAfter([...times(8, 2000), ...times(42, 101)])).toBeNull();
  });

  it('is not taken in by a pause', () => {
    expect(goneAfter([...times(4, 2000), ...times(6, 0), 300, ...times(39, 0)])).toBe(11);
  });

  it('wants to see 50 ms of the flood without it', () => {
    expect(goneAfter([...times(45, 2000), ...times(5, 0)])).toBe(45);
    expect(goneAfter([...times(46, 2000), ...times(4, 0)])).toBeNull();
  });

  it('counts what arrives after the flood as not gone', () => {
    expect(goneAfter([...times(8, 2000), ...times(43, 0), 500])).toBeNull();
  });

  it('takes no more than the first bucket where hardly anything came through', () => {
    expect(goneAfter([3, ...times(49, 0)])).toBe(1);
  });

  it('says nothing where nothing was seen', () => {
    expect(goneAfter([])).toBeNull();
  });
});
