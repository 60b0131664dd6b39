import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../generator/random.ts';
import { Baseline } from './index.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Monday, 00:00 UTC. */
const monday = Date.UTC(2026, 0, 5);
const target = '203.0.113.7';

/** Normally distributed, Box and Muller. */
function normal(random: SeededRandom): number {
  return Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
}
/** Between trough and peak a factor of 3, peak at 20:00 UTC. */
const daily = (wallMs: number): number =>
  1000 * Math.exp(0.55 * Math.cos((2 * Math.PI * (wallMs - 20 * hour)) / day));

interface Traffic {
  readonly from: number;
  readonly days: number;
  /** Expected packets/s at a time. */
  readonly level?: (wallMs: number) => number;
  readonly sigma?: number;
  readonly everyMs?: number;
}
/** Lets a baseline see log-normal traffic; gives what it saw. */
function feed(baseline: Baseline, random: SeededRandom, traffic: Traffic): number[] {
  const { from, days, level = daily, sigma = 0.3, everyMs = 10_000 } = traffic;
  const seen: number[] = [];
  for (let wallMs = from; wallMs < from + days * day; wallMs += everyMs) {
    const value = level(wallMs) * Math.exp(sigma * normal(random));
    baseline.observe(target, 0, wallMs, value);
    seen.push(value);
  }
  return seen;
}
const made = (features = ['packets@10s']): Baseline => new Baseline({ features });
const at = (baseline: Baseline, wallMs: number): NonNullable<ReturnType<Baseline['usual']>> => {
  const usual = baseline.usual(target, 0, wallMs);
  expect(usual).not.toBeNull();
  return usual!;
};
/** How far apart two values are, as a factor less one. */
const apart = (a: number, b: number): number => Math.exp(Math.abs(Math.log(a / b))) - 1;

describe('what is learned', () => {
  it('knows median, spread and the value that one in a thousand exceeds, of log-normal traffic with bursts', () => {
    const random = new SeededRandom('quantiles');
    const baseline = made(['packets@1s']);
    // Every hour 36 s at eight times the level: 1 %.
    const level = (wallMs: number): number => (wallMs % hour < 36_000 ? 8000 : 1000);
    const seen = feed(baseline, random, { from: monday, days: 0.5, level, everyMs: 1000 }).sort(
      (a, b) => a - b,
    );
    const usual = at(baseline, monday + day / 2);
    expect(apart(usual.median, seen[Math.floor(seen.length / 2)]!)).toBeLessThan(0.05);
    expect(apart(usual.high, seen[Math.floor(seen.length * 0.999)]!)).toBeLessThan(0.3);
    expect(usual.spread).toBeGreaterThan(0.3);
    expect(usual.spread).toBeLessThan(0.6);
  });

  it('after two weeks knows every hour of the week', () => {
    const random = new SeededRandom('season');
    const baseline = made();
    const weekend = (wallMs: number): number =>
      daily(wallMs) * (new Date(wallMs).getUTCDay() % 6 === 0 ? 0.6 : 1);
    feed(baseline, random, { from: monday, days: 14, level: weekend });
    // The step at midnight itself is smoothed over two hours.
    for (let later = 2 * hour; later < 7 * day; later += 6 * hour) {
      const now = monday + 14 * day + later;
      const usual = at(baseline, now);
      expect(apart(usual.median, weekend(now))).toBeLessThan(0.2);
      expect(usual.spread).toBeGreaterThan(0.29);
      expect(usual.spread).toBeLessThan(0.45);
      expect(apart(usual.high, weekend(now) * Math.exp(3.09 * 0.3))).toBeLessThan(0.6);
    }
  });

  it('is useful after hours, and the wider the less is known', () => {
    const random = new SeededRandom('cold');
    const baseline = made();
    expect(baseline.usual(target, 0, monday)).toBeNull();
    const spreads: number[] = [];
    let from = monday;
    for (const until of [0.02, 0.25, 1, 2, 7, 14]) {
      feed(baseline, random, { from, days: until - (from - monday) / day });
      from = monday + until * day;
      const usual = at(baseline, from);
      expect(apart(usual.median, daily(from))).toBeLessThan(0.35);
      spreads.push(usual.spread);
      expect(usual.ageMs).toBeGreaterThan(until * day - minute);
    }
    expect(spreads.slice(1).every((spread, index) => spread < spreads[index]! + 0.03)).toBe(true);
    expect(spreads[0]).toBeGreaterThan(0.5);
    expect(spreads.at(-1)).toBeLessThan(0.4);
  });

  it('does not take one odd day for usual, nor an odd hour for what one in a thousand exceeds', () => {
    const random = new SeededRandom('odd day');
    const baseline = made();
    const oddDay = monday + 28 * day;
    const oddHour = monday + 27 * day + 20 * hour;
    feed(baseline, random, {
      from: monday,
      days: 28,
      level: (now) => daily(now) * (Math.abs(now - oddHour) < hour / 2 ? 5 : 1),
    });
    const nextDay = oddHour + day;
    expect(apart(at(baseline, nextDay).high, daily(nextDay) * Math.exp(3.09 * 0.3))).toBeLessThan(0.3);
    feed(baseline, random, { from: oddDay, days: 1, level: (now) => 5 * daily(now) });
    for (const days of [1.2, 1.5, 1.8, 4.5]) {
      feed(baseline, random, { from: oddDay + day, days: days - 1 });
      expect(apart(at(baseline, oddDay + days * day).median, daily(oddDay + days * day))).toBeLessThan(0.15);
    }
    // A week later the odd day is 0.43 of what this day of the week has seen.
    const weekLater = oddDay + 7.5 * day;
    expect(apart(at(baseline, weekLater).median, daily(weekLater))).toBeLessThan(0.4);
  });

  it('takes a doubled level for usual within two weeks', () => {
    const random = new SeededRandom('shift');
    const baseline = made();
    feed(baseline, random, { from: monday, days: 28 });
    const doubled = monday + 28 * day;
    feed(baseline, random, { from: doubled, days: 14, level: (now) => 2 * daily(now) });
    for (const days of [14, 14.4, 16, 18.3, 20.9]) {
      const now = doubled + days * day;
      expect(apart(at(baseline, now).median, 2 * daily(now))).toBeLessThan(0.3);
    }
  });
});

describe('an attack', () => {
  const week = 7 * day;
  it('is not learned, nor the half minute before somebody calls it one', () => {
    const [quiet, attacked] = [made(['packets@1s']), made(['packets@1s'])];
    const level = (): number => 1000;
    for (const baseline of [quiet, attacked])
      feed(baseline, new SeededRandom('attack'), { from: monday, days: 0.25, level, everyMs: 1000 });
    const onset = monday + day / 4;
    for (let second = 0; second < 3 * 3600; second += 1) {
      // Called an attack 25 s after it began.
      if (second === 25) attacked.freeze(target, onset + second * 1000);
      attacked.observe(target, 0, onset + second * 1000, 500_000);
    }
    const end = onset + 3 * hour;
    attacked.thaw(target, end);
    for (const baseline of [quiet, attacked])
      feed(baseline, new SeededRandom('after'), { from: end, days: 0.1, level, everyMs: 1000 });
    const [without, withAttack] = [at(quiet, end + day / 10), at(attacked, end + day / 10)];
    expect(apart(withAttack.median, without.median)).toBeLessThan(0.05);
    expect(apart(withAttack.high, without.high)).toBeLessThan(0.1);
  });

  it('is learned after all, slowly, where the alarm stays on for weeks', () => {
    const random = new SeededRandom('bounded');
    const baseline = made();
    feed(baseline, random, { from: monday, days: 14 });
    const shifted = monday + 2 * week;
    baseline.freeze(target, shifted);
    const medianAfter: number[] = [];
    for (let weeks = 1; weeks <= 4; weeks += 1) {
      feed(baseline, random, { from: shifted + (weeks - 1) * week, days: 7, level: (now) => 3 * daily(now) });
      const now = shifted + weeks * week + 12 * hour;
      medianAfter.push(at(baseline, now).median / daily(now));
    }
    expect(medianAfter[0]).toBeLessThan(1.5);
    expect(medianAfter[3]).toBeGreaterThan(2.5);
  });
});

describe('a clock that jumps', () => {
  it('back by minutes: no time is learned twice', () => {
    const baseline = made();
    const random = new SeededRandom('clock');
    feed(baseline, random, { from: monday, days: 0.5, level: () => 1000 });
    const before = at(baseline, monday + day / 2).count;
    const again = monday + day / 2 - 50 * minute;
    for (let turn = 0; turn < 20; turn += 1)
      feed(baseline, random, { from: again, days: (45 * minute) / day, level: () => 9000 });
    const usual = at(baseline, monday + day / 2);
    expect(usual.count).toBeCloseTo(before, -1);
    expect(apart(usual.median, 1000)).toBeLessThan(0.1);
    feed(baseline, random, { from: monday + day / 2, days: 0.1, level: () => 1000 });
    expect(at(baseline, monday + 0.6 * day).count).toBeGreaterThan(before / 2);
  });

  it('a year ahead and back again: what was known stays known, and so does its age', () => {
    const baseline = made();
    const random = new SeededRandom('year');
    feed(baseline, random, { from: monday, days: 14 });
    const now = monday + 14 * day;
    const before = at(baseline, now);
    feed(baseline, random, { from: now + 365 * day, days: 0.2 });
    expect(at(baseline, now + 365.2 * day).ageMs).toBeLessThan(16 * day);
    feed(baseline, random, { from: now, days: 0.1 });
    const after = at(baseline, now + 0.1 * day);
    expect(after.ageMs).toBeGreaterThan(14 * day - hour);
    expect(after.ageMs).toBeLessThan(15 * day);
    expect(apart(after.median, daily(now + 0.1 * day))).toBeLessThan(0.3);
    expect(after.count).toBeGreaterThan(before.count / 3);
  });

  it('at any moment, by any amount: answers stay numbers', () => {
    const baseline = made();
    const random = new SeededRandom('wild');
    let now = monday;
    for (let turn = 0; turn < 20_000; turn += 1) {
      now += random.chance(0.02) ? (random.float() - 0.5) * 10 ** random.integer(3, 11) : 10_000;
      now = Math.max(0, now);
      if (random.chance(0.01)) baseline.freeze(target, now);
      if (random.chance(0.02)) baseline.thaw(target, now);
      baseline.observe(target, 0, now, 1000 * Math.exp(0.3 * normal(random)));
      const usual = baseline.usual(target, 0, now);
      if (usual === null) continue;
      const isSound =
        apart(usual.median, 1000) < 0.5 && usual.high >= usual.median && usual.spread > 0 && usual.ageMs >= 0;
      if (!isSound) expect.fail(`turn ${turn}: ${JSON.stringify(usual)}`);
    }
  });
});

describe('merged', () => {
  const apartFrom = (a: Baseline, b: Baseline, now: number): number =>
    apart(at(a, now).median, at(b, now).median);

  it('two halves of a history give what the whole gives', () => {
    const [whole, first, second] = [made(), made(), made()];
    const middle = monday + 10 * day;
    for (const [baseline, from, days, seed] of [
      [whole, monday, 10, 'a'],
      [whole, middle, 10, 'b'],
      [first, monday, 10, 'a'],
      [second, middle, 10, 'b'],
    ] as const)
      feed(baseline, new SeededRandom(seed), { from, days });
    second.merge(first);
    for (let later = 0; later < 7 * day; later += 5 * hour) {
      const now = monday + 20 * day + later;
      expect(apartFrom(second, whole, now)).toBeLessThan(0.1);
      expect(apart(at(second, now).high, at(whole, now).high)).toBeLessThan(0.25);
    }
    expect(at(second, monday + 20 * day).ageMs).toBe(at(whole, monday + 20 * day).ageMs);
  });

  it('two nodes that share a target give the mixture of both', () => {
    const [left, right] = [made(), made()];
    feed(left, new SeededRandom('left'), { from: monday, days: 10, level: () => 1000 });
    feed(right, new SeededRandom('right'), { from: monday, days: 10, level: () => 4000 });
    left.merge(right);
    const usual = at(left, monday + 10 * day);
    expect(usual.median).toBeGreaterThan(1400);
    expect(usual.median).toBeLessThan(2900);
    expect(usual.high).toBeGreaterThan(8000);
  });
});

describe('memory', () => {
  it('of 4,096 targets with 30 features stays within 16 MiB, also while they differ and when more come', () => {
    const many = Array.from({ length: 30 }, (_, index) => `feature${index}@1s`);
    const baseline = new Baseline({ features: many });
    const names = Array.from({ length: 4096 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    for (let wallMs = monday; wallMs < monday + 3 * hour; wallMs += 20 * minute)
      for (const [index, name] of names.entries())
        for (let feature = 0; feature < 30; feature += 1)
          baseline.observe(name, feature, wallMs, (index + 1) * (feature + 1));
    expect(baseline.targetCount).toBe(4096);
    expect(baseline.bytes).toBeLessThanOrEqual(16 * 1024 * 1024);
    // The busier ones have the seasons, and everybody has an answer.
    const holders = names.flatMap((name, index) => (baseline.inspect(name)!.seasons > 0 ? [index] : []));
    expect(holders.length).toBeGreaterThan(20);
    expect(Math.min(...holders)).toBeGreaterThan(1000);
    expect(baseline.usual(names[0]!, 29, monday + 3 * hour)).not.toBeNull();
    for (let index = 0; index < 500; index += 1) baseline.observe(`10.1.0.${index}`, 0, monday + 3 * hour, 1);
    expect(baseline.targetCount).toBeLessThanOrEqual(4096);
    expect(baseline.bytes).toBeLessThanOrEqual(16 * 1024 * 1024);
  });
});
