import { describe, expect, it } from 'vitest';
import { counter, counterNames } from '../types.ts';
import type { Reading, Sample, TargetReading, TargetWindow } from '../types.ts';
import { Windows } from './index.ts';

const target = '203.0.113.10';

const row = (packets: number, bytes = packets * 100): Float64Array => {
  const counts = new Float64Array(counterNames.length);
  counts[counter.packets] = packets;
  counts[counter.bytes] = bytes;
  return counts;
};

/** A capture whose clock the test moves. */
class Feed {
  readonly windows: Windows;
  atNs = 1e12;

  constructor(targetsMax = 4096) {
    this.windows = new Windows({ targetsMax });
  }

  read(
    ms: number,
    targets: readonly TargetReading[],
    samples: readonly Sample[] = [],
  ): readonly TargetWindow[] {
    this.atNs += ms * 1e6;
    const reading: Reading = {
      atNs: this.atNs,
      intervalNs: ms * 1e6,
      targets,
      samples,
      samplesLost: 0,
      uncountedPackets: 0,
    };
    return this.windows.fold(reading);
  }

  /** One target with so many packets, and so many samples spread over the window. */
  one(ms: number, packets: number, samples = 0): TargetWindow {
    const taken = Array.from({ length: samples }, (_, index) => this.sample(ms, index / samples));
    const [window] = this.read(ms, [{ target, counts: row(packets) }], taken);
    return window!;
  }

  sample(ms: number, position: number): Sample {
    return {
      target,
      atNs: this.atNs + ms * 1e6 * position,
      length: 100,
      rate: 1,
      data: Uint8Array.of(0x45, this.#next++),
    };
  }
  #next = 0;
}

describe('rates', () => {
  it('are over the interval that really passed', () => {
    const feed = new Feed();
    expect(feed.one(100, 2000)).toMatchObject({
      packetsPerSecond: 20_000,
      bitsPerSecond: 16_000_000,
      intervalMs: 100,
    });
    expect(feed.one(400, 2000)).toMatchObject({ packetsPerSecond: 5000, intervalMs: 400 });
  });

  it('of an early tick reach back, so that a handful of packets is no flood', () => {
    const feed = new Feed();
    feed.one(100, 100);
    expect(feed.one(2, 150)).toMatchObject({ intervalMs: 102 });
    expect(feed.one(2, 150).packetsPerSecond).toBeCloseTo(400 / 0.104, 5);
  });

  it('reach back over ticks in which the target received nothing', () => {
    const feed = new Feed();
    feed.one(50, 500);
    feed.read(50, []);
    expect(feed.one(50, 300)).toMatchObject({ intervalMs: 100, packetsPerSecond: 3000 });
  });

  it('over a second are told as well', () => {
    const feed = new Feed();
    for (let tick = 0; tick < 10; tick++) feed.one(100, tick * 100);
    expect(feed.windows.packetsPerSecond(target)).toBeCloseTo(4500, 5);
    for (let tick = 0; tick < 30; tick++) feed.read(100, []);
    expect(feed.windows.packetsPerSecond(target)).toBe(0);
    expect(feed.windows.packetsPerSecond('203.0.113.99')).toBe(0);
  });

  it('of quiet times are learned, and not from an attack', () => {
    const feed = new Feed();
    expect(feed.one(100, 100).quietPacketsPerSecond).toBeNull();
    for (let tick = 0; tick < 40; tick++) feed.one(100, 100);
    expect(feed.one(100, 100).quietPacketsPerSecond).toBeCloseTo(1000, 0);
    for (let tick = 0; tick < 40; tick++) {
      feed.one(100, 20_000);
      feed.windows.disturb(target);
    }
    expect(feed.one(100, 100).quietPacketsPerSecond).toBeCloseTo(1000, 0);
  });
});

describe('quiet samples', () => {
  it('are taken from what stayed quiet for a second', () => {
    const feed = new Feed();
    feed.one(100, 100, 2);
    for (let tick = 0; tick < 8; tick++) expect(feed.one(100, 100, 1).quietSamples).toEqual([]);
    expect(feed.one(100, 100, 1).quietSamples).toHaveLength(1);
    expect(feed.one(100, 100, 1).quietSamples).toHaveLength(3);
  });

  it('hold nothing of an attack, not even of its first windows or of the second after it', () => {
    const feed = new Feed();
    for (let tick = 0; tick < 30; tick++) feed.one(100, 100, 1);
    const before = feed.one(100, 100).quietSamples.length;
    const attackFrom = feed.atNs;
    for (let tick = 0; tick < 20; tick++) {
      feed.one(100, 20_000, 50);
      feed.windows.disturb(target);
    }
    const attackTo = feed.atNs;
    for (let tick = 0; tick < 50; tick++) feed.one(100, 100, 1);
    const kept = feed.one(100, 100).quietSamples;
    expect(kept.length).toBeGreaterThan(before);
    expect(kept.filter(({ atNs }) => atNs >= attackFrom && atNs < attackTo + 0.9e9)).toEqual([]);
  });

  it('are few of a busy window, evenly spread over it', () => {
    const feed = new Feed();
    const startNs = feed.atNs;
    feed.one(100, 10_000, 100);
    for (let tick = 0; tick < 12; tick++) feed.one(100, 100, 1);
    const first = feed.one(100, 100).quietSamples.filter(({ atNs }) => atNs < startNs + 100e6);
    expect(first.map(({ atNs }) => Math.round((atNs - startNs) / 1e6))).toEqual([12, 37, 62, 87]);
  });

  it('and recent ones are bounded', () => {
    const feed = new Feed();
    for (let tick = 0; tick < 300; tick++) feed.one(100, 10_000, 600);
    const window = feed.one(100, 10_000, 600);
    expect(window.recentSamples).toHaveLength(512);
    expect(window.quietSamples).toHaveLength(512);
    expect(window.recentSamples.map(({ atNs }) => atNs)).toEqual(
      window.recentSamples.map(({ atNs }) => atNs).sort((a, b) => a - b),
    );
  });

  it('are copies: the source may use its buffers again', () => {
    const feed = new Feed();
    const sample = feed.sample(100, 0.5);
    const [window] = feed.read(100, [{ target, counts: row(1) }], [sample]);
    sample.data.fill(0xee);
    expect(window!.recentSamples[0]!.data[0]).toBe(0x45);
  });
});

describe('targets', () => {
  const named = (count: number): TargetReading[] =>
    Array.from({ length: count }, (_, index) => ({ target: `203.0.113.${index}`, counts: row(1) }));

  it('that something is going on with have a window also when they receive nothing', () => {
    const feed = new Feed();
    feed.one(100, 100);
    expect(feed.read(100, [])).toEqual([]);
    feed.windows.disturb(target);
    const [window] = feed.read(100, []);
    expect(window).toMatchObject({ target, packetsPerSecond: 0 });
    expect(window!.counts.every((count) => count === 0)).toBe(true);
  });

  it('can be watched before they were ever seen', () => {
    const feed = new Feed();
    feed.windows.watch(target);
    expect(feed.read(100, [])).toMatchObject([{ target, packetsPerSecond: 0 }]);
  });

  it('are bounded; idle ones make room', () => {
    const feed = new Feed(10);
    expect(feed.read(100, named(12))).toHaveLength(10);
    expect(feed.windows.untrackedTargets).toBe(2);
    for (let tick = 0; tick < 30; tick++) feed.one(100, 1);
    expect(feed.windows.untrackedTargets).toBe(0);
    expect(feed.read(100, named(12)).length).toBeGreaterThan(1);
  });
});
