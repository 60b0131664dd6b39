import { describe, expect, it } from 'vitest';
import { counter, counterNames } from '../engine/types.ts';
import type { Reading } from '../engine/types.ts';
import { PrefixTotals } from './prefix-totals.ts';

function reading(atSeconds: number, packets: Record<string, number>): Reading {
  const targets = Object.entries(packets).map(([target, count]) => {
    const counts = new Float64Array(counterNames.length);
    counts[counter.packets] = count;
    return { target, counts };
  });
  return {
    atNs: atSeconds * 1e9,
    intervalNs: 1e8,
    targets,
    samples: [],
    samplesLost: 0,
    uncountedPackets: 0,
  };
}

describe('totals of a prefix', () => {
  it('sum up its addresses from the first question on, and no others', () => {
    const totals = new PrefixTotals();
    totals.take(reading(1, { '203.0.113.1': 1000 }));
    expect(totals.peek('203.0.113.0/24')?.[counter.packets]).toBe(0);
    totals.take(reading(2, { '203.0.113.1': 5, '203.0.113.200': 7, '198.51.100.1': 11, '2001:db8::1': 13 }));
    totals.take(reading(3, { '203.0.113.2': 1 }));
    expect(totals.peek('203.0.113.0/24')?.[counter.packets]).toBe(13);
    totals.peek('2001:db8::/48');
    totals.take(reading(4, { '2001:db8::1': 17, '2001:db9::1': 19 }));
    expect(totals.peek('2001:db8::/48')?.[counter.packets]).toBe(17);
  });

  it('are forgotten when nobody asks, and there are never more than 64', () => {
    const totals = new PrefixTotals();
    for (let third = 0; third < 64; third++) expect(totals.peek(`10.0.${third}.0/24`)).not.toBeNull();
    expect(totals.peek('10.0.64.0/24')).toBeNull();
    totals.take(reading(61, {}));
    expect(totals.peek('10.0.64.0/24')).not.toBeNull();
  });
});
