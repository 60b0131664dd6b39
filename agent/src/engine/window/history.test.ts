import { describe, expect, it } from 'vitest';
import { featureNames, ratioFeature, volumeFeature } from '../features.ts';
import { counter, counterNames } from '../types.ts';
import type { CounterName, TargetWindow } from '../types.ts';
import { Windows } from './index.ts';

const target = '203.0.113.10';

const row = (counted: Partial<Record<CounterName, number>>): Float64Array => {
  const counts = new Float64Array(counterNames.length);
  for (const [name, count] of Object.entries(counted)) counts[counter[name as CounterName]] = count;
  return counts;
};

class Feed {
  readonly windows = new Windows();
  atNs = 1e12;
  readonly observed: [feature: string, value: number][] = [];

  tick(counted: Partial<Record<CounterName, number>> | null, ms = 100): TargetWindow | undefined {
    this.atNs += ms * 1e6;
    const targets = counted === null ? [] : [{ target, counts: row(counted) }];
    const nothing = { samples: [], samplesLost: 0, uncountedPackets: 0 };
    const [window] = this.windows.fold({ atNs: this.atNs, intervalNs: ms * 1e6, targets, ...nothing });
    this.windows.observations((_, feature, value) => this.observed.push([featureNames[feature]!, value]));
    return window;
  }

  seconds(count: number, counted: Partial<Record<CounterName, number>> | null): TargetWindow | undefined {
    let last: TargetWindow | undefined;
    for (let tick = 0; tick < count * 10; tick++) last = this.tick(counted);
    return last;
  }

  of(feature: string): number[] {
    return this.observed.filter(([name]) => name === feature).map(([, value]) => value);
  }
}

const packetsAt = (window: TargetWindow | undefined): number[] =>
  window!.history!.scales.map(({ counts }) => counts[counter.packets]!);

describe('longer windows', () => {
  it('are sums of whole readings, over the time that they took', () => {
    const feed = new Feed();
    const window = feed.seconds(60, { packets: 10, tcpSyn: 2 });
    expect(packetsAt(window)).toEqual([100, 1000, 6000]);
    expect(window!.history!.scales.map(({ intervalMs }) => intervalMs)).toEqual([1000, 10_000, 60_000]);
    expect(window!.history!.scales.map(({ counts }) => counts[counter.tcpSyn])).toEqual([20, 200, 1200]);
  });

  it('reach as far back as there is something', () => {
    const feed = new Feed();
    const window = feed.seconds(4, { packets: 10 });
    expect(packetsAt(window)).toEqual([100, 400, 0]);
    expect(window!.history!.scales.map(({ intervalMs }) => intervalMs)).toEqual([1000, 4000, 1]);
  });

  it('forget what is over, also of a target that is silent', () => {
    const feed = new Feed();
    feed.seconds(30, { packets: 10 });
    feed.seconds(20, null);
    const window = feed.tick({ packets: 5 });
    expect(packetsAt(window)).toEqual([0, 0, 3000]);
    feed.seconds(100, null);
    expect(packetsAt(feed.tick({ packets: 5 }))).toEqual([0, 0, 0]);
  });

  it('take a late tick for as long as it was', () => {
    const feed = new Feed();
    feed.seconds(9, { packets: 10 });
    const window = feed.tick({ packets: 300 }, 3000);
    expect(packetsAt(window)).toEqual([300, 1000, 1200]);
    const { scales } = window!.history!;
    expect(scales.map(({ intervalMs }) => intervalMs)).toEqual([3000, 10_000, 12_000]);
  });
});

describe('what the baseline learns', () => {
  it('is each window once, and the highest 100 ms of each second', () => {
    const feed = new Feed();
    for (let second = 0; second < 60; second++) {
      for (let tick = 0; tick < 9; tick++) feed.tick({ packets: 10, bytes: 1000 });
      feed.tick({ packets: 60, bytes: 6000 });
    }
    expect(feed.of('packets@1s')).toEqual(Array(60).fill(150));
    expect(feed.of('packets@100ms')).toEqual(Array(60).fill(600));
    expect(feed.of('bits@100ms')).toEqual(Array(60).fill(480_000));
    expect(feed.of('packets@10s')).toEqual(Array(6).fill(150));
    expect(feed.of('packets@60s')).toEqual([150]);
  });

  it('is ratios of ten seconds, where there is enough to make one of', () => {
    const feed = new Feed();
    feed.seconds(10, { packets: 100, tcpPackets: 100, tcpSyn: 5, tcpAck: 80, outPackets: 150 });
    expect(feed.of('ackPerSyn@10s')).toEqual([16]);
    expect(feed.of('answeredShare@10s')).toEqual([1.5]);
    expect(feed.of('synPerSynAck@10s')).toEqual([]);
    expect(feed.of('newSourceShare@10s')).toEqual([]);
  });

  it('is nothing of a target that is silent', () => {
    const feed = new Feed();
    feed.seconds(5, { packets: 10 });
    const before = feed.observed.length;
    feed.seconds(4, null);
    expect(feed.observed.length).toBe(before);
  });

  it('is at most some thirty numbers, each with a name of its own', () => {
    expect(featureNames.length).toBeLessThanOrEqual(30);
    expect(new Set(featureNames).size).toBe(featureNames.length);
    expect(featureNames[volumeFeature('packets', 1000)!]).toBe('packets@1s');
    expect(featureNames[ratioFeature('answeredShare')]).toBe('answeredShare@10s');
    expect(volumeFeature('icmp', 60_000)).toBeNull();
  });
});

describe('quiet counts', () => {
  it('are means a second, and not of an attack', () => {
    const feed = new Feed();
    feed.seconds(30, { packets: 100, tcpSyn: 6 });
    for (let tick = 0; tick < 30; tick++) {
      feed.tick({ packets: 20_000, tcpSyn: 20_000 });
      feed.windows.disturb(target);
    }
    const quiet = feed.tick({ packets: 100 })!.history!.quietPerSecond!;
    expect(quiet[counter.packets]).toBeCloseTo(1000, 0);
    expect(quiet[counter.tcpSyn]).toBeCloseTo(60, 0);
  });
});

describe('signs of the host', () => {
  it('hold for two seconds', () => {
    const feed = new Feed();
    const host = { listenOverflows: 3, synCookiesSent: 0, cardDrops: 0, softirqShare: 0.5 };
    const nothing = { samples: [], samplesLost: 0, uncountedPackets: 0 };
    feed.atNs += 100e6;
    const [window] = feed.windows.fold({
      ...{ atNs: feed.atNs, intervalNs: 100e6, targets: [{ target, counts: row({ packets: 1 }) }], host },
      ...nothing,
    });
    expect(window!.history!.host).toEqual(host);
    feed.seconds(2, { packets: 1 });
    expect(feed.tick({ packets: 1 })!.history!.host).toBeNull();
  });
});
