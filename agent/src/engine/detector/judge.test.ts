import { describe, expect, it } from 'vitest';
import { ratioFeature } from '../features.ts';
import { counter, counterNames } from '../types.ts';
import type { VolumeFinding } from '../types.ts';
import { Judge } from './judge.ts';
import { windowOf } from './signals/picture.contract.ts';
import type { Rates } from './signals/picture.contract.ts';
import { newTrack } from './track.ts';

const threshold = {
  ...{ name: 'default', targets: [], floorPacketsPerSecond: 2000, floorBitsPerSecond: null },
  ...{ holdMs: 0, releaseRatio: 0.5 },
};

/** A resolver: long answers that it asked for. */
const resolving = (packets: number, answered: number): Rates => ({
  ...{ packets, udpPackets: packets, bytes: packets * 480, outPackets: packets * answered },
  ...{ udpAmplifierPackets: packets * 0.7, udpAmplifierBytes: packets * 340 },
  ...{ udpDnsPackets: packets * 0.7, udpDnsBytes: packets * 0.7 * 600 },
});

const rowOf = (rates: Rates): Float64Array => {
  const row = new Float64Array(counterNames.length);
  for (const [name, rate] of Object.entries(rates)) row[counter[name as keyof typeof counter]] = rate;
  return row;
};

/** The hour is usually quieter by far; the seconds before were as busy as now, but for a little. */
function scoreOfPorts(scaleMs: VolumeFinding['scaleMs']): number {
  const window = windowOf({ now: resolving(5050, 0.9), quiet: resolving(4000, 1.05) }, 20_000);
  const volume: VolumeFinding = { metric: 'udp', scaleMs, value: 4345, limit: 2019, usual: 769 };
  const answered = { median: 1.31, spread: 0.1, high: 2, count: 1e4, ageMs: 1e9 };
  const usual = {
    of: (feature: number) => (feature === ratioFeature('answeredShare') ? answered : null),
    rates: () => rowOf(resolving(500, 1.31)),
  };
  const track = newTrack(threshold, window.atNs - 100e6, window.atNs - 100e6);
  const { signals } = new Judge().verdict(window, volume, track, usual);
  return signals.find(({ name }) => name === 'amplifier-ports')?.score ?? 0;
}

describe('what just began', () => {
  it('is compared with the seconds before it', () => {
    expect(scoreOfPorts(100)).toBeGreaterThan(0.3);
    expect(scoreOfPorts(1000)).toBeGreaterThan(0.3);
  });

  it('is compared with the hour of the week where it shows over longer times alone', () => {
    expect(scoreOfPorts(10_000)).toBe(0);
    expect(scoreOfPorts(60_000)).toBe(0);
  });
});

describe('what shows over ten seconds alone', () => {
  it('is judged by ten seconds, of which one reading says little', () => {
    const odd = { packets: 10_000, udpPackets: 10_000, bytes: 10_000 * 60 };
    const window = windowOf({ now: odd, quiet: resolving(4000, 1.3) }, 20_000);
    const { history } = window;
    const counts = rowOf(resolving(90_000, 1.3));
    const scales = [...history!.scales, { scaleMs: 10_000 as const, intervalMs: 10_000, counts }];
    const usual = { of: () => null, rates: () => rowOf(resolving(5000, 1.3)) };
    const scoreOf = (scaleMs: VolumeFinding['scaleMs']): number => {
      const volume: VolumeFinding = { metric: 'udp', scaleMs, value: 9000, limit: 8000, usual: 5000 };
      const track = newTrack(threshold, window.atNs - 10e9, window.atNs - 10e9);
      const seen = { ...window, history: { ...history!, scales } };
      const { signals } = new Judge().verdict(seen, volume, track, usual);
      return signals.find(({ name }) => name === 'unanswered')?.score ?? 0;
    };
    expect(scoreOf(100)).toBe(1);
    expect(scoreOf(10_000)).toBe(0);
  });
});
