import { describe, expect, it } from 'vitest';
import { counter, counterNames } from '../types.ts';
import type { Sample, TargetWindow } from '../types.ts';
import { Windows } from './index.ts';

const row = (packets: number): Float64Array => {
  const counts = new Float64Array(counterNames.length);
  counts[counter.packets] = packets;
  return counts;
};

class Feed {
  readonly windows = new Windows();
  atNs = 1e12;
  seen: TargetWindow[] = [];

  constructor(...protect: string[]) {
    this.windows.protect(protect);
  }

  /** Packets by address, and what prefixes then show; `disturb` is called with each address. */
  tick(
    packets: Record<string, number>,
    disturb: (target: string) => boolean = () => false,
  ): Record<string, number> {
    this.atNs += 100e6;
    const targets = Object.entries(packets).map(([target, count]) => ({ target, counts: row(count) }));
    const samples = targets.map(({ target }): Sample => {
      return { target, atNs: this.atNs - 1, length: 100, rate: 1, data: Uint8Array.of(0x45) };
    });
    const reading = {
      atNs: this.atNs,
      intervalNs: 100e6,
      targets,
      samples,
      samplesLost: 0,
      uncountedPackets: 0,
    };
    for (const { target } of this.windows.fold(reading)) if (disturb(target)) this.windows.disturb(target);
    const seen: Record<string, number> = {};
    this.seen = [];
    for (const window of this.windows.prefixes()) {
      const { target, packetsPerSecond } = window;
      this.seen.push(window);
      seen[target] = packetsPerSecond;
      if (disturb(target)) this.windows.disturb(target);
    }
    this.windows.observations(() => undefined);
    return seen;
  }
}

/** Packets of two addresses of a network, such as `203.0.113.`. */
const two = (network: string, packets: number): Record<string, number> => ({
  [`${network}1`]: packets / 2,
  [`${network}2`]: packets / 2,
});

describe('prefixes', () => {
  it('have what their addresses receive together, IPv4 and IPv6', () => {
    const feed = new Feed('203.0.113.0/24', '2001:db8::/48');
    const seen = feed.tick({ ...two('203.0.113.', 30), ...two('2001:db8::', 6), ...two('198.51.100.', 100) });
    expect(seen).toEqual({ '203.0.113.0/24': 300, '2001:db8::/48': 60 });
  });

  it('wider than a /24 or a /48 are also looked at in parts of that size', () => {
    const feed = new Feed('203.0.0.0/16', '2001:db8::/32');
    const seen = feed.tick({ ...two('203.0.113.', 10), ...two('203.0.114.', 20), ...two('2001:db8:7::', 4) });
    expect(seen).toEqual({
      ...{ '203.0.113.0/24': 100, '203.0.114.0/24': 200, '203.0.0.0/16': 300 },
      ...{ '2001:db8:7::/48': 40, '2001:db8::/32': 40 },
    });
  });

  it('that are nearly all one address are that address', () => {
    expect(new Feed('203.0.113.1/32').tick({ '203.0.113.1': 10 })).toEqual({});
    expect(new Feed('203.0.113.0/24').tick({ '203.0.113.1': 10, '203.0.113.2': 2 })).toEqual({});
  });

  it('that overlap have each its own', () => {
    const feed = new Feed('203.0.112.0/20', '203.0.0.0/16', '203.0.113.0/25');
    const seen = feed.tick({ ...two('203.0.113.', 2), '203.0.113.200': 2, ...two('203.0.50.', 4) });
    expect(seen).toEqual({
      ...{ '203.0.113.0/25': 20, '203.0.113.0/24': 40, '203.0.50.0/24': 40 },
      ...{ '203.0.112.0/20': 40, '203.0.0.0/16': 80 },
    });
  });

  it('leave out an address that has trouble of its own, and a part that has', () => {
    const feed = new Feed('203.0.0.0/16');
    const packets = { '203.0.113.9': 1000, ...two('203.0.113.', 20), ...two('203.0.114.', 4) };
    expect(feed.tick(packets, (target) => target === '203.0.113.9')).toEqual({
      ...{ '203.0.113.0/24': 200, '203.0.114.0/24': 40, '203.0.0.0/16': 240 },
    });
    const ofPart = feed.tick(packets, (target) => target === '203.0.113.9' || target === '203.0.113.0/24');
    expect(ofPart['203.0.0.0/16']).toBe(40);
  });

  it('that something is going on with have a window also when they receive nothing', () => {
    const feed = new Feed('203.0.113.0/24');
    feed.tick(two('203.0.113.', 10), (target) => target.includes('/'));
    expect(feed.tick({})).toEqual({ '203.0.113.0/24': 0 });
    const restarted = new Feed('203.0.0.0/16');
    restarted.tick({});
    restarted.windows.watch('203.0.113.0/24');
    expect(restarted.tick({})).toEqual({ '203.0.113.0/24': 0 });
  });

  it('hold the samples of their addresses, as they do', () => {
    const feed = new Feed('203.0.113.0/24');
    for (let tick = 0; tick < 15; tick++) feed.tick(two('203.0.113.', 20));
    const [{ recentSamples, quietSamples }] = feed.seen as [TargetWindow];
    expect(recentSamples.length).toBeGreaterThan(10);
    expect(new Set(quietSamples.map(({ target }) => target)).size).toBe(2);
  });

  it('are bounded: parts beyond 256 count only in their whole', () => {
    const feed = new Feed('10.0.0.0/8');
    let packets: Record<string, number> = {};
    for (let part = 0; part < 300; part++)
      packets = { ...packets, ...two(`10.${part >> 8}.${part & 255}.`, 2) };
    const seen = feed.tick(packets);
    expect(Object.keys(seen)).toHaveLength(257);
    expect(seen['10.0.0.0/8']).toBe(6000);
  });

  it('that are no longer protected are forgotten', () => {
    const feed = new Feed('203.0.113.0/24');
    feed.tick(two('203.0.113.', 10));
    feed.windows.protect(['203.0.112.0/20']);
    expect(feed.tick(two('203.0.113.', 10))).toEqual({ '203.0.113.0/24': 100, '203.0.112.0/20': 100 });
    feed.windows.protect(['203.0.113.0/25']);
    expect(feed.tick(two('203.0.113.', 10))).toEqual({ '203.0.113.0/25': 100 });
  });
});
