import { describe, expect, it } from 'vitest';
import { volumeFeature } from '../features.ts';
import type { TargetWindow } from '../types.ts';
import { excessOf } from './floor.ts';
import type { Floors } from './floor.ts';
import type { UsualOf } from './picture.ts';
import { web, windowOf } from './signals/picture.contract.ts';
import type { Rates } from './signals/picture.contract.ts';
import { isStillHigh, limitOf, volumeFinding } from './volume.ts';

const floors: Floors = { floorPacketsPerSecond: 5000, floorBitsPerSecond: 50e6 };
const usually = (median: number, spread = 0.1, high = median * 3) => ({
  ...{ median, spread, high, count: 1e4, ageMs: 1e9 },
});
const nothing: UsualOf = () => null;
/** Usual packets/s, at 1 s and as the highest 100 ms. */
const packets =
  (median: number, more: Partial<Record<number, number>> = {}): UsualOf =>
  (feature) => {
    const own = more[feature];
    if (own !== undefined) return usually(own);
    if (feature === volumeFeature('packets', 1000)) return usually(median);
    return feature === volumeFeature('packets', 100) ? usually(median * 1.5) : null;
  };

const findingIn = (window: TargetWindow, usualOf: UsualOf, isShifted = false) =>
  volumeFinding({ window, floors, excess: excessOf(window, floors)!, usualOf, isShifted });
const findingOf = (now: Rates, usualOf: UsualOf) =>
  findingIn(windowOf({ now, quiet: { packets: 4000 } }), usualOf);

describe('a limit', () => {
  it('lies above the median by a factor, or by deviations where traffic is uneven', () => {
    expect(limitOf(usually(1000, 0.05), 'balanced')).toBe(1800);
    expect(limitOf(usually(1000, 0.4, 9000), 'balanced')).toBeCloseTo(1000 * Math.exp(1), 5);
  });

  it('never lies above what is exceeded once in a thousand times, nor below the factor', () => {
    expect(limitOf(usually(1000, 2, 4000), 'balanced')).toBe(4000);
    expect(limitOf(usually(1000, 2, 1100), 'balanced')).toBe(1800);
  });

  it('is nearer or further by the sensitivity of the policy', () => {
    const [relaxed, balanced, strict] = (['relaxed', 'balanced', 'strict'] as const).map((sensitivity) =>
      limitOf(usually(1000, 0.3, 9000), sensitivity),
    );
    expect(relaxed).toBeGreaterThan(balanced!);
    expect(balanced).toBeGreaterThan(strict!);
  });
});

describe('volume', () => {
  it('has the floor for its limit where nothing is known', () => {
    expect(findingOf({ packets: 6000 }, nothing)).toMatchObject({
      metric: 'packets',
      limit: 5000,
      usual: null,
    });
  });

  it('has the floor for its limit as well where only a class is known that never comes', () => {
    const udp = volumeFeature('udp', 1000)!;
    const usualOf: UsualOf = (feature) => {
      if (feature === udp) return usually(0);
      // Of the total there are too few observations yet.
      return { ...usually(20), count: 21 };
    };
    expect(findingOf({ packets: 6000, tcpPackets: 6000 }, usualOf)).toMatchObject({
      metric: 'packets',
      limit: 5000,
      usual: null,
    });
    expect(findingOf({ packets: 6000, tcpPackets: 6000 }, packets(5500, { [udp]: 0 }))).toBeNull();
  });

  it('is usual where it is usual, also above the floor', () => {
    expect(findingOf({ packets: 6000 }, packets(5500))).toBeNull();
    expect(findingOf({ packets: 20_000 }, packets(5500))).toMatchObject({ metric: 'packets' });
  });

  it('is never too much below the floor, however little is usual', () => {
    expect(findingOf({ packets: 5001 }, packets(100))).toMatchObject({ limit: 5000 });
  });

  it('of one class may be too much in a total that is usual', () => {
    const syn = volumeFeature('syn', 1000)!;
    const found = (tcpSyn: number) =>
      findingOf({ packets: 6000, tcpPackets: 6000, tcpSyn }, packets(5500, { [syn]: 200 }));
    expect(found(5300)).toMatchObject({ metric: 'syn', scaleMs: 1000, value: 5300, usual: 200 });
    expect(found(5100)).toBeNull();
  });

  it('needs to be little more over ten seconds where a ratio has moved', () => {
    const window = windowOf({ now: { packets: 9400 }, quiet: { packets: 5500 } });
    const [second] = window.history!.scales;
    const counts = second!.counts.map((count) => count * 10);
    const longer = { scaleMs: 10_000 as const, intervalMs: 10_000, counts };
    const ramp = { ...window, history: { ...window.history!, scales: [second!, longer] } };
    const ten = volumeFeature('packets', 10_000)!;
    expect(findingIn(ramp, packets(5500, { [ten]: 5500 }))).toBeNull();
    expect(findingIn(ramp, packets(5500, { [ten]: 5500 }), true)).toMatchObject({ scaleMs: 10_000 });
  });

  it('of a longer time is what still goes on', () => {
    const brought = (packetsThen: number, packetsNow: number) => {
      const window = windowOf({ now: { packets: packetsNow }, quiet: { packets: 5500 } });
      const [second] = window.history!.scales;
      const counts = second!.counts.map((count) => (count * 10 * packetsThen) / packetsNow);
      const longer = { scaleMs: 10_000 as const, intervalMs: 10_000, counts };
      const ten = volumeFeature('packets', 10_000)!;
      const scales = [second!, longer];
      return findingIn(
        { ...window, history: { ...window.history!, scales } },
        packets(5500, { [ten]: 5000 }),
      );
    };
    expect(brought(15_000, 9300)).toMatchObject({ scaleMs: 10_000, value: 15_000 });
    expect(brought(90_000, 9300)).toBeNull();
    expect(brought(15_000, 8900)).toBeNull();
  });

  it('of a prefix needs to be known: its floor does not fit its size', () => {
    const window = { ...windowOf({ now: { packets: 8000 }, quiet: web }), target: '203.0.113.0/24' };
    expect(findingIn(window, nothing)).toMatchObject({ limit: 5000 });
    const busy = {
      ...windowOf({ now: { packets: 8000 }, quiet: { packets: 6000 } }),
      target: '203.0.113.0/24',
    };
    expect(findingIn(busy, nothing)).toBeNull();
    const { quietPerSecond: _, ...history } = window.history!;
    const unknown = { ...window, quietPacketsPerSecond: null, history: { ...history, quietPerSecond: null } };
    expect(findingIn(unknown, nothing)).toBeNull();
  });

  it('is three times what just was, also where the hour has seen as much', () => {
    const seen = packets(500);
    const usualOf: UsualOf = (feature) => ({ ...seen(feature)!, high: 90_000, spread: 3 });
    const after = (now: number, quiet: number) =>
      findingIn(windowOf({ now: { packets: now, bytes: 60 * now }, quiet: { packets: quiet } }), usualOf);
    expect(after(18_000, 540)).toMatchObject({ metric: 'packets', scaleMs: 100, limit: 5000, usual: 540 });
    expect(after(18_000, 5900)).toMatchObject({ limit: 17_700 });
    expect(after(18_000, 6100)).toBeNull();
  });
});

describe('what was over its limit', () => {
  it('is still high above the release ratio, unless that is usual', () => {
    const window = windowOf({ now: { packets: 4000 }, quiet: { packets: 1000 } });
    expect(isStillHigh(window, floors, 0.5, nothing)).toBe(true);
    expect(isStillHigh(window, floors, 0.9, nothing)).toBe(false);
    expect(isStillHigh(window, floors, 0.5, packets(3500))).toBe(false);
    const busy = windowOf({ now: { packets: 4000 }, quiet: { packets: 3900 } });
    expect(isStillHigh(busy, floors, 0.5, nothing)).toBe(false);
  });
});
