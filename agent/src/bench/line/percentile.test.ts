import { describe, expect, it } from 'vitest';
import { percentile } from './percentile.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('percentile', () => {
  it('is the nearest rank, whatever the order', () => {
    expect(percentile([3, 1, 2], 0.5)).toBe(2);
    expect(percentile(upTo(200).reverse(), 0.99)).toBe(198);
    expect(percentile(upTo(200), 0.5)).toBe(100);
    expect(percentile(upTo(200), 1)).toBe(200);
    expect(percentile([7], 0.01)).toBe(7);
  });

  it('is 0 without values', () => {
    expect(percentile([], 0.99)).toBe(0);
  });

  it('counts a failure as later than everything, and reports it as the time that was waited', () => {
    const withFailures = (failures: number): (number | null)[] => [
      ...Array.from({ length: failures }, () => null),
      ...upTo(200 - failures),
    ];
    expect(percentile(withFailures(2), 0.99, 500)).toBe(198);
    expect(percentile(withFailures(3), 0.99, 500)).toBe(500);
    expect(percentile(withFailures(100), 0.5, 500)).toBe(100);
    expect(percentile(withFailures(101), 0.5, 500)).toBe(500);
  });

  it('is a failure when nothing came', () => {
    expect(percentile([null, null], 0.5, 500)).toBe(500);
  });
});
