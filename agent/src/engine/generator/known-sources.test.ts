import { describe, expect, it } from 'vitest';
import { buildUdp, parsePacket } from '../packet/index.ts';
import { counter, counterNames } from '../types.ts';
import { clientAddress } from './addresses.ts';
import { KnownSources } from './known-sources.ts';

const from = (index: number, isIpv4: boolean) =>
  parsePacket(
    buildUdp({
      source: clientAddress(isIpv4, index),
      destination: isIpv4 ? '203.0.113.10' : '2001:db8::10',
      sourcePort: 1,
      destinationPort: 2,
    }),
  )!;

describe.each([true, false])('known sources, IPv4 %s', (isIpv4) => {
  const countsOf = (known: KnownSources, indexes: number[], atNs: number, isLearning = true) => {
    const counts = new Float64Array(counterNames.length);
    for (const index of indexes) known.count(counts, from(index, isIpv4), atNs, isLearning);
    return [counts[counter.sourcesSampled], counts[counter.sourcesNew]];
  };

  it('are new once', () => {
    const known = new KnownSources();
    expect(countsOf(known, [1, 2, 1, 1], 0)).toEqual([4, 2]);
    expect(countsOf(known, [1, 2, 3], 1e9)).toEqual([3, 1]);
  });

  it('stay new while nothing is learned', () => {
    const known = new KnownSources();
    expect(countsOf(known, [1, 1, 2], 0, false)).toEqual([3, 3]);
  });

  it('are learned 512 at most in a slice of time', () => {
    const known = new KnownSources();
    const many = Array.from({ length: 1000 }, (_, index) => index);
    expect(countsOf(known, many, 0)).toEqual([1000, 1000]);
    expect(countsOf(known, many, 1e9)).toEqual([1000, 488]);
  });
});
