import { describe, expect, it } from 'vitest';
import { Chance } from './chance.ts';

describe('chance', () => {
  const many = <Value>(draw: (chance: Chance) => Value): Value[] => {
    const chance = new Chance('many');
    return Array.from({ length: 50_000 }, () => draw(chance));
  };
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;

  it.each([0.01, 0.7, 5, 15, 40, 3000])('draws Poisson numbers around %f', (expected) => {
    const values = many((chance) => chance.poisson(expected));
    const average = mean(values);
    expect(Math.abs(average / expected - 1)).toBeLessThan(0.12 / Math.sqrt(expected));
    const variance = mean(values.map((value) => (value - average) ** 2));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.15);
  });

  it('draws normal numbers', () => {
    const values = many((chance) => chance.normal());
    expect(Math.abs(mean(values))).toBeLessThan(0.02);
    expect(Math.abs(mean(values.map((value) => value * value)) - 1)).toBeLessThan(0.03);
    expect(values.filter((value) => value > 1.96).length / values.length).toBeCloseTo(0.025, 2);
  });

  it('draws heavy tails within their bounds', () => {
    const values = many((chance) => chance.pareto(1.6, 12));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...values)).toBe(12);
    expect(values.filter((value) => value > 2).length / values.length).toBeCloseTo(2 ** -1.6, 1);
  });
});
