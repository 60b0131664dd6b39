import { describe, expect, it } from 'vitest';
import { SeededRandom } from './random.ts';
import { beginning, bursty } from './rate.ts';
import type { Rate } from './source.ts';

const at = (rate: Rate, atMs: number): number => (typeof rate === 'number' ? rate : rate(atMs * 1e6));

describe('bursty rates', () => {
  const rate = bursty(new SeededRandom('bursts'), 1000, { share: 0.1 });
  const values = Array.from({ length: 50_000 }, (_, slot) => at(rate, slot * 100));

  it('keep the mean', () => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean / 1000 - 1)).toBeLessThan(0.03);
  });

  it('burst for about the share of the time, and no higher than they may', () => {
    const base = Math.min(...values);
    const bursts = values.filter((value) => value > base * 1.001).length / values.length;
    expect(bursts).toBeGreaterThan(0.08);
    expect(bursts).toBeLessThan(0.12);
    expect(Math.max(...values)).toBeLessThanOrEqual(4 * base * 1.0001);
  });
});

describe('beginnings', () => {
  it('are at once, or grow', () => {
    expect([999, 1000].map((ms) => at(beginning(50, 1e9), ms))).toEqual([0, 50]);
    expect([999, 1250, 1500, 9000].map((ms) => at(beginning(50, 1e9, 5e8), ms))).toEqual([0, 25, 50, 50]);
  });
});
