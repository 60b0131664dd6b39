import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../generator/index.ts';
import { hashWords } from './address.ts';
import { Bins, addPairs, binsMax } from './bins.ts';
import { rateOfComment } from './comments.ts';
import { DistinctCounter } from './distinct.ts';
import { HeavyKeys } from './heavy-keys.ts';
import { SamplePool } from './samples.ts';
import { TargetTable } from './targets.ts';

const key = (last: number): Int32Array => Int32Array.of(0, 0, 0xffff, last);
const second = 1e9;

describe('bins of time', () => {
  it('doubles its width so that any capture fits, and says so before', () => {
    let doubled = 0;
    const bins = new Bins(() => (doubled += 1));
    bins.place(0);
    bins.place(5.11 * second);
    expect([bins.current, bins.widthNs, doubled]).toEqual([511, 10e6, 0]);
    bins.place(60 * second);
    expect([bins.widthNs, doubled]).toEqual([160e6, 4]);
    expect([bins.current, bins.last]).toEqual([375, 375]);
  });

  it('takes packets out of order, and cuts out gaps that no capture has', () => {
    const bins = new Bins(() => undefined);
    expect(bins.place(second)).toBe(second);
    expect(bins.place(0.5 * second)).toBe(0.5 * second);
    expect(bins.current).toBe(50);
    // The clock was set forward by a year, and back.
    expect(bins.place(365 * 86_400 * second)).toBe(0.5 * second);
    expect(bins.place(0.6 * second)).toBe(0.5 * second);
    expect(bins.place(0.7 * second)).toBeCloseTo(0.6 * second);
    expect([bins.gaps, bins.lastNs]).toEqual([2, second]);
    expect(bins.place(0.2 * second - 5 * second)).toBe(0);
  });

  it('adds up in pairs', () => {
    const values = new Float64Array(binsMax).map((_, index) => index);
    addPairs(values);
    expect([values[0], values[1], values[255], values[256]]).toEqual([1, 5, 1021, 0]);
  });
});

describe('different addresses', () => {
  it.each([0, 1, 10, 1000, 30_000, 1_000_000])('%i of them, within a tenth', (count) => {
    const counter = new DistinctCounter();
    const random = new SeededRandom('distinct');
    for (let index = 0; index < count; index++) counter.add(hashWords(key(random.uint32() | 0), 7));
    expect(Math.abs(counter.estimate() - count)).toBeLessThanOrEqual(0.1 * count);
  });
});

describe('heavy keys', () => {
  it('are found among a million that come once', () => {
    const keys = new HeavyKeys(12);
    const random = new SeededRandom('heavy');
    for (let index = 0; index < 200_000; index++) {
      keys.add(key(index % 10 === 0 ? (index / 10) % 50 : random.uint32() | 0), key(1), 1);
    }
    const found = new Map<number, number>();
    keys.each((words, at, packets) => found.set(words[at + 3]!, packets));
    for (let heavy = 0; heavy < 50; heavy++) {
      expect(found.get(heavy) ?? 0).toBeGreaterThan(200);
      expect(found.get(heavy) ?? 0).toBeLessThan(500);
    }
    expect(keys.isFull).toBe(true);
  });

  it('are exact while there is room', () => {
    const keys = new HeavyKeys(12);
    for (let round = 1; round <= 5; round++)
      for (let pair = 0; pair < 100; pair++) keys.add(key(pair), key(round), pair + 1);
    const sums = new Map<number, number>();
    keys.each((words, at, packets) => sums.set(words[at + 3]!, (sums.get(words[at + 3]!) ?? 0) + packets));
    expect([...sums].every(([pair, packets]) => packets === 5 * (pair + 1))).toBe(true);
    expect([sums.size, keys.isFull]).toEqual([100, false]);
  });
});

describe('targets', () => {
  it('are followed from their first packet while there is room; a busy one pushes out an idle one', () => {
    const table = new TargetTable(8, new SamplePool());
    const header = {
      counters: new Uint8Array(1),
      counted: 1,
      byteCounters: new Uint8Array(0),
      bytesCounted: 0,
      length: 40,
    };
    const hit = (last: number, times: number): void => {
      for (let turn = 0; turn < times; turn++) table.follow(key(last), 1)?.add(header as never, 0, 1, 0);
    };
    for (let last = 1; last <= 4; last++) hit(last, 1);
    expect(table.all).toHaveLength(4);
    hit(5, 15);
    expect(table.find(key(5))).toBeNull();
    hit(5, 5);
    expect(table.find(key(5))?.packetsSeen).toBe(20);
    for (let last = 6; last <= 8; last++) hit(last, 40);
    expect(table.all).toHaveLength(8);
    hit(9, 500);
    expect(table.find(key(9))?.packetsSeen).toBe(500);
    expect(table.all).toHaveLength(8);
    expect(table.find(key(5)) === null && table.find(key(8)) === null).toBe(false);
    expect(table.untracked).toBeGreaterThan(0);
  });
});

describe('samples', () => {
  it('stand for all packets, evenly over time, though a flood comes behind a quiet time', () => {
    const pool = new SamplePool();
    const list = pool.open();
    const bytes = new Uint8Array(100);
    const [quiet, flood] = [2000, 400_000];
    for (let index = 0; index < quiet + flood; index++) {
      const atNs = index < quiet ? index * 1e6 : 2e9 + (index - quiet) * 5e3;
      if (!pool.wants(list, Math.floor(atNs / 10e6))) continue;
      pool.keep(list, { bytes, from: 0, to: 100, length: 100, atNs, weight: 1 }, 1);
    }
    expect(list.slots.length).toBeLessThanOrEqual(4096);
    const weight = (from: number, to: number): [count: number, weight: number] => {
      const slots = list.slots.filter((slot) => pool.atNs[slot]! >= from && pool.atNs[slot]! < to);
      return [slots.length, slots.reduce((sum, slot) => sum + pool.weight[slot]!, 0)];
    };
    const [before, beforeWeight] = weight(0, 2e9);
    const [during, duringWeight] = weight(2e9, 5e9);
    expect(before).toBeGreaterThan(500);
    expect(during).toBeGreaterThan(500);
    expect(Math.abs(beforeWeight / quiet - 1)).toBeLessThan(0.15);
    expect(Math.abs(duringWeight / flood - 1)).toBeLessThan(0.15);
  });

  it('are never more than there is room for, however many targets there are', () => {
    const pool = new SamplePool();
    const lists = Array.from({ length: 1280 }, () => pool.open());
    const bytes = new Uint8Array(60).fill(0x60);
    for (let turn = 0; turn < 300; turn++) {
      for (const list of lists) {
        if (pool.wants(list, turn))
          pool.keep(list, { bytes, from: 0, to: 60, length: 60, atNs: turn * 10e6, weight: 1 }, 1);
      }
    }
    const counts = lists.map(({ slots }) => slots.length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(65_536);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(new Set(lists.flatMap(({ slots }) => slots)).size).toBe(
      counts.reduce((sum, count) => sum + count, 0),
    );
  });
});

it('comments of our own captures say how many packets each one stands for', () => {
  const texts = [
    'from here on 1 in 64 packets',
    'from here on every packet',
    'detected here',
    'from here on 1 in 0 packets',
  ];
  expect(texts.map(rateOfComment)).toEqual([64, 1, null, null]);
  expect(rateOfComment('from here on 1 in 9999999999 packets')).toBeNull();
});
