import { describe, expect, it } from 'vitest';
import { effectBetween } from './effect.ts';

describe('effectBetween', () => {
  const start = { atNs: 0, hits: 0, offered: 0, dropped: 0 };
  /** After 10 ms. */
  const after = (hits: number, offered: number, dropped = 0, remainderPacketsPerSecond = 0) =>
    effectBetween(start, { atNs: 10e6, hits, offered, dropped }, remainderPacketsPerSecond);

  it('needs hits', () => {
    expect(after(0, 1000)).toBe('passing');
    expect(after(19, 1000)).toBe('passing');
  });

  it('lets five per cent pass', () => {
    expect(after(950, 1000)).toBe('effective');
    expect(after(940, 1000)).toBe('passing');
  });

  it('lets legitimate traffic of the same class pass', () => {
    expect(after(900, 1000, 0, 10_000)).toBe('effective');
    expect(after(900, 1000, 0, 9000)).toBe('passing');
  });

  it('counts what other rules drop of the same target', () => {
    expect(after(500, 1000, 1000)).toBe('effective');
  });

  it('says nothing where nothing arrived but what is not the attack’s', () => {
    expect(after(0, 0)).toBe('idle');
    expect(after(19, 19)).toBe('idle');
    expect(after(0, 100, 0, 10_000)).toBe('idle');
  });
});
