import type { CompiledThreshold } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { counterNames } from '../types.ts';
import type { Sample, TargetWindow } from '../types.ts';
import { Detector } from './index.ts';
import { onsetOf } from './onset.ts';
import { ThresholdTable } from './thresholds.ts';

const target = '203.0.113.10';
const threshold: CompiledThreshold = {
  name: 'default',
  targets: [],
  floorPacketsPerSecond: 20_000,
  floorBitsPerSecond: 100_000_000,
  holdMs: 0,
  releaseRatio: 0.5,
};
const protect = ['203.0.113.0/24', '2001:db8::/32'];

const windowOf = (
  atMs: number,
  packetsPerSecond: number,
  changes: Partial<TargetWindow> = {},
): TargetWindow => ({
  target,
  atNs: atMs * 1e6,
  intervalMs: 100,
  counts: new Float64Array(counterNames.length),
  packetsPerSecond,
  bitsPerSecond: 0,
  quietPacketsPerSecond: 0,
  recentSamples: [],
  quietSamples: [],
  ...changes,
});

function detectorWith(...thresholds: Partial<CompiledThreshold>[]): Detector {
  const detector = new Detector({ wallMsAt: (ns) => Date.UTC(2026, 0, 1) + ns / 1e6 });
  detector.setThresholds(
    thresholds.map((changes) => ({ ...threshold, ...changes })),
    protect,
  );
  return detector;
}

/** What is seen of a series of rates, one window each. */
const phases = (detector: Detector, rates: readonly number[], releaseAfterMs = 300): string[] =>
  rates.map((rate, index) => detector.observe(windowOf(1000 + index * 100, rate), releaseAfterMs).phase);

describe('the floor', () => {
  it('is where an excess begins, and nothing below it is one', () => {
    expect(phases(detectorWith({}), [0, 19_999, 20_000])).toEqual(['idle', 'idle', 'over']);
  });

  it('may be one of packets, of bits, or both; what lies furthest over it is the evidence', () => {
    const detector = detectorWith({});
    const seen = detector.observe(windowOf(1000, 30_000, { bitsPerSecond: 400_000_000 }), 1000);
    expect(seen).toMatchObject({
      phase: 'over',
      deviation: { evidence: { metric: 'bits', value: 400_000_000, threshold: 100_000_000 } },
    });
    const bitsOnly = detectorWith({ floorPacketsPerSecond: null });
    expect(bitsOnly.observe(windowOf(1000, 1e9), 1000).phase).toBe('idle');
    expect(bitsOnly.observe(windowOf(1000, 1, { bitsPerSecond: 1e8 }), 1000).phase).toBe('over');
    expect(detectorWith({ floorPacketsPerSecond: 0 }).observe(windowOf(1000, 0), 1000).phase).toBe('idle');
  });

  it('must be exceeded for as long as the threshold says', () => {
    const rates = [30_000, 30_000, 10_000, 30_000, 30_000, 30_000];
    expect(phases(detectorWith({ holdMs: 300 }), rates)).toEqual([
      'pending',
      'pending',
      'idle',
      'pending',
      'pending',
      'over',
    ]);
  });
});

describe('the end of an excess', () => {
  it('is held above the release ratio, and closed after enough quiet', () => {
    const rates = [30_000, 15_000, 9000, 12_000, 9000, 9000, 9000, 9000];
    expect(phases(detectorWith({}), rates)).toEqual([
      'over',
      'held',
      'quiet',
      'held',
      'quiet',
      'quiet',
      'closed',
      'idle',
    ]);
  });

  it('comes also to a target that receives nothing any more', () => {
    expect(phases(detectorWith({}), [30_000, 0, 0, 0])).toEqual(['over', 'quiet', 'quiet', 'closed']);
  });

  it('is waited for after a restart', () => {
    const detector = detectorWith({});
    detector.resume(target, 900e6);
    expect(phases(detector, [15_000, 0, 0, 0])).toEqual(['held', 'quiet', 'quiet', 'closed']);
  });
});

describe('thresholds', () => {
  const named = (name: string, ...targets: string[]): CompiledThreshold => ({ ...threshold, name, targets });

  it('go by the longest prefix, then by order', () => {
    const table = new ThresholdTable(
      [
        named('general'),
        named('wide', '203.0.113.0/24'),
        named('host', '203.0.113.10/32'),
        named('late', '203.0.113.10/32'),
        named('six', '2001:db8::/48'),
      ],
      protect,
    );
    const chosen = ['203.0.113.10', '203.0.113.11', '2001:db8::1', '2001:db8:1::1', '198.51.100.1'].map(
      (text) => table.for(text)?.name ?? null,
    );
    expect(chosen).toEqual(['host', 'wide', 'six', 'general', null]);
  });

  it('that change keep what is open, unless its target is not protected any more', () => {
    const detector = detectorWith({});
    expect(phases(detector, [30_000])).toEqual(['over']);
    detector.setThresholds([{ ...threshold, floorPacketsPerSecond: 1_000_000 }], protect);
    expect(phases(detector, [30_000])).toEqual(['quiet']);
    detector.setThresholds([threshold], ['192.0.2.0/24']);
    expect(phases(detector, [30_000])).toEqual(['idle']);
  });
});

describe('the onset', () => {
  /** Samples of a steady stream in a stretch of time, ms. */
  const stream = (fromMs: number, toMs: number, packetsPerSecond: number, rate: number): Sample[] => {
    const gapMs = (1000 * rate) / packetsPerSecond;
    const count = Math.floor((toMs - fromMs) / gapMs);
    return Array.from({ length: count }, (_, index) => ({
      target,
      atNs: (fromMs + index * gapMs) * 1e6,
      length: 100,
      rate,
      data: new Uint8Array(20),
    }));
  };

  it.each([1810, 1850, 1900, 1930, 1980])('is found where it was, at %i ms', (onsetMs) => {
    const recentSamples = [
      ...stream(1500, onsetMs, 1000, 4),
      ...stream(onsetMs, 2000, 200_000, 64),
    ].reverse();
    const packets = 100 + (Math.min(100, 2000 - onsetMs) / 100) * 20_000;
    const window = windowOf(2000, packets * 10, { quietPacketsPerSecond: 1000, recentSamples });
    expect(Math.abs(onsetOf(window) / 1e6 - onsetMs)).toBeLessThan(1);
  });

  it('is the start of the window where there are no samples', () => {
    expect(onsetOf(windowOf(2000, 30_000))).toBe(1900e6);
  });

  it('stands in the evidence as wall time, and stays what it was', () => {
    const detector = detectorWith({});
    const first = detector.observe(windowOf(2000, 30_000), 1000);
    const later = detector.observe(windowOf(2300, 60_000), 1000);
    for (const seen of [first, later]) {
      expect(seen).toMatchObject({
        deviation: { sinceNs: 1900e6, evidence: { firstPacketAt: '2026-01-01T00:00:01.900Z' } },
      });
    }
    expect(later).toMatchObject({
      deviation: { threshold: 'default', evidence: { value: 60_000, windowMs: 100 } },
    });
  });
});
