import { describe, expect, it } from 'vitest';
import { LinkLoad } from './link-load.ts';
import { counter, counterNames } from './types.ts';
import type { Reading } from './types.ts';

const readingOf = (atNs: number, ...bytes: number[]): Reading => ({
  atNs,
  ...{ intervalNs: 100e6, samples: [], samplesLost: 0, uncountedPackets: 0 },
  targets: bytes.map((one, index) => {
    const counts = new Float64Array(counterNames.length);
    counts[counter.bytes] = one;
    return { target: `203.0.113.${index}`, counts };
  }),
});

describe('the load of a link', () => {
  it('is what all addresses together receive in a second, over what is declared', () => {
    const load = new LinkLoad();
    load.capacityBitsPerSecond = 1e9;
    for (let tick = 0; tick <= 10; tick++) load.add(readingOf(tick * 100e6, 5e6, 2.5e6));
    expect(load.share).toBeCloseTo(0.6, 5);
  });

  it('is not known before a second has passed, nor without a capacity', () => {
    const load = new LinkLoad();
    for (let tick = 0; tick <= 10; tick++) load.add(readingOf(tick * 100e6, 1e6));
    expect(load.share).toBeNull();
    const young = new LinkLoad();
    young.capacityBitsPerSecond = 1e9;
    young.add(readingOf(0, 1e6));
    expect(young.share).toBeNull();
  });
});
