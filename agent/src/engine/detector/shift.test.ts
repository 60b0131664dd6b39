import { describe, expect, it } from 'vitest';
import { ratioFeature } from '../features.ts';
import { ratioNames, ratioOf } from '../metrics.ts';
import type { RatioName } from '../metrics.ts';
import type { Usual } from '../types.ts';
import type { UsualOf } from './picture.ts';
import { Shifts } from './shift.ts';
import { plus, web, windowOf } from './signals/picture.contract.ts';

const usually = (median: number): Usual => ({
  median,
  spread: 0.15,
  high: median * 2,
  count: 1e4,
  ageMs: 1e9,
});
const counts = windowOf({ now: web }).history!.scales[0]!.counts;
const medians = new Map(
  ratioNames.map((name): [number, number] => [ratioFeature(name), ratioOf(name, counts) ?? 0]),
);
const usualOf: UsualOf = (feature) => usually(medians.get(feature) ?? 0);

/** Names of what alarms after so many seconds, and the time of the first alarm. */
function after(
  seconds: number,
  now: Parameters<typeof plus>[0],
): { names: string[]; firstSecond: number | null } {
  const shifts = new Shifts();
  let firstSecond: number | null = null;
  for (let second = 1; second <= seconds; second++) {
    for (let tick = 0; tick < 10; tick++) shifts.observe(windowOf({ now }, second * 1000 + tick), usualOf);
    if (shifts.found('203.0.113.10').length > 0) firstSecond ??= second;
  }
  return { names: shifts.found('203.0.113.10').map(({ name }) => name), firstSecond };
}

describe('a ratio that has moved', () => {
  it('alarms within seconds, and not at once', () => {
    const { names, firstSecond } = after(
      30,
      plus({ packets: 200, tcpPackets: 200, tcpSyn: 200, outPackets: 200 }),
    );
    expect(names).toContain('shift-ackPerSyn');
    expect(firstSecond).toBeGreaterThan(1);
    expect(firstSecond).toBeLessThan(10);
  });

  it('is none of what grows as it always is', () => {
    expect(after(300, plus(web, 5)).names).toEqual([]);
  });

  it('counts in its own direction only: more answers are no sign', () => {
    expect(after(60, plus({ outPackets: 50_000, tcpAck: 5000 })).names).toEqual([]);
  });

  it('is forgotten when it has gone back', () => {
    const shifts = new Shifts();
    const flood = windowOf({ now: plus({ packets: 900, tcpPackets: 900, tcpSyn: 900 }) });
    const seen = (window: typeof flood, second: number): number => {
      shifts.observe({ ...window, history: { ...window.history!, second } }, usualOf);
      return shifts.found('203.0.113.10').length;
    };
    let second = 0;
    for (let count = 0; count < 20; count++) seen(flood, ++second);
    expect(seen(flood, ++second)).toBeGreaterThan(0);
    for (let count = 0; count < 30; count++) seen(windowOf({ now: web }), ++second);
    expect(seen(windowOf({ now: web }), ++second)).toBe(0);
  });

  it('cannot be told before ratios were learned', () => {
    const shifts = new Shifts();
    shifts.observe(windowOf({ now: plus({ tcpSyn: 1e5 }) }), () => null);
    expect(shifts.found('203.0.113.10')).toEqual([]);
  });

  it('names of ratios are those of the features', () => {
    const names: RatioName[] = after(60, plus({ packets: 5000, icmpPackets: 5000 }, 3)).names.map(
      (name) => name.replace('shift-', '') as RatioName,
    );
    expect(names).toContain('icmpShare');
    expect(names.every((name) => ratioNames.includes(name))).toBe(true);
  });
});
