import type { CompiledThreshold } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { ceilingCounter, counter, counterNames } from '../types.ts';
import type { CounterName, TargetWindow } from '../types.ts';
import { aboveCeiling } from './ceiling.ts';
import { Detector } from './index.ts';

const target = '203.0.113.10';
const threshold: CompiledThreshold = {
  name: 'default',
  targets: [],
  floorPacketsPerSecond: 20_000,
  floorBitsPerSecond: null,
  ceiling: {
    burstMs: 100,
    limits: [
      { class: 'packets', perSecond: 100_000 },
      { class: 'bits', perSecond: 1e9 },
      { class: 'syn', perSecond: 1000 },
      { class: 'tcp', perSecond: 50_000 },
    ],
  },
  holdMs: 300,
  releaseRatio: 0.5,
};

function windowOf(
  atMs: number,
  packetsPerSecond: number,
  counted: Partial<Record<CounterName, number>> = {},
): TargetWindow {
  const counts = new Float64Array(counterNames.length);
  for (const [name, count] of Object.entries(counted)) counts[counter[name as CounterName]] = count;
  const rates = { packetsPerSecond, bitsPerSecond: 0, quietPacketsPerSecond: 0 };
  return {
    ...{ target, atNs: atMs * 1e6, intervalMs: 100, counts, ...rates },
    ...{ recentSamples: [], quietSamples: [] },
  };
}

function detectorWith(changes: Partial<CompiledThreshold> = {}): Detector {
  const detector = new Detector({ wallMsAt: (ns) => Date.UTC(2026, 0, 1) + ns / 1e6 });
  detector.setThresholds([{ ...threshold, ...changes }], ['203.0.113.0/24']);
  return detector;
}

describe('what is above a ceiling', () => {
  it('is told by class, from the counters of the kernel alone', () => {
    const counted = { packets: 5000, ceilingPackets: 190, abovePackets: 120, aboveSyn: 70 };
    expect(aboveCeiling(windowOf(1000, 1, counted), threshold)).toEqual([
      { class: 'packets', perSecond: 100_000, packets: '120' },
      { class: 'syn', perSecond: 1000, packets: '70' },
    ]);
    expect(aboveCeiling(windowOf(1000, 1e6, { packets: 1e5 }), threshold)).toEqual([]);
  });

  it('is nothing without a ceiling in the policy, whatever else was counted', () => {
    const { ceiling: _, ...bare } = threshold;
    expect(aboveCeiling(windowOf(1000, 1, { ceilingPackets: 9, aboveUdp: 9 }), bare)).toEqual([]);
    expect(aboveCeiling(windowOf(1000, 1, { ceilingPackets: 9, aboveUdp: 9 }), threshold)).toEqual([]);
  });

  it('has a counter of its own for every class', () => {
    expect(new Set(Object.values(ceilingCounter)).size).toBe(8);
  });
});

describe('a detector of ceilings', () => {
  it('opens at once, also below the floor and before the hold is over', () => {
    const detector = detectorWith();
    expect(detector.observe(windowOf(1000, 30_000), 300).phase).toBe('pending');
    const counted = { packets: 3000, tcpPackets: 2500, tcpSyn: 500, ceilingPackets: 400, aboveSyn: 400 };
    const seen = detector.observe(windowOf(1100, 6000, counted), 300);
    expect(seen).toMatchObject({
      phase: 'over',
      deviation: {
        threshold: 'default',
        evidence: {
          ...{ metric: 'packets', value: 1000, threshold: 1000 },
          ceiling: {
            threshold: 'default',
            exceeded: [{ class: 'syn', perSecond: 1000, packets: '400' }],
          },
        },
      },
    });
  });

  it('names the floor as what was exceeded where both were, and the ceiling beside it', () => {
    const counted = { packets: 20_000, ceilingPackets: 9000, abovePackets: 9000 };
    const seen = detectorWith().observe(windowOf(1000, 200_000, counted), 300);
    expect(seen).toMatchObject({
      phase: 'over',
      deviation: { evidence: { value: 200_000, threshold: 20_000, ceiling: { threshold: 'default' } } },
    });
  });

  it('tells the rate of TCP without its SYNs, and of bits as bits', () => {
    const tcp = { packets: 100, tcpPackets: 60, tcpSyn: 10, ceilingPackets: 5, aboveTcp: 5 };
    const seen = detectorWith().observe(windowOf(1000, 1000, tcp), 300);
    expect(seen).toMatchObject({ deviation: { evidence: { value: 500, threshold: 50_000 } } });
    const bits = { ...windowOf(1000, 1000, { ceilingPackets: 5, aboveBits: 5 }), bitsPerSecond: 2e9 };
    expect(detectorWith().observe(bits, 300)).toMatchObject({
      deviation: { evidence: { metric: 'bits', value: 2e9, threshold: 1e9 } },
    });
  });

  it('closes when nothing was above it, and little below the floor, for the release time', () => {
    const detector = detectorWith();
    const above = { packets: 500, tcpSyn: 500, ceilingPackets: 400, aboveSyn: 400 };
    const seen = [above, {}, above, {}, {}, {}, {}].map(
      (counted, index) => detector.observe(windowOf(1000 + index * 100, 5000, counted), 300).phase,
    );
    expect(seen).toEqual(['over', 'quiet', 'over', 'quiet', 'quiet', 'closed', 'idle']);
  });
});
