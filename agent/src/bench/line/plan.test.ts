import { describe, expect, it } from 'vitest';
import { planAttacks, targets } from './plan.ts';

describe('planAttacks', () => {
  const count = 6 * targets.length;
  const plan = planAttacks(count, '1');

  it('has every family on every target equally often', () => {
    const pairs = new Map<string, number>();
    for (const { kind, target } of plan)
      pairs.set(`${kind} ${target}`, (pairs.get(`${kind} ${target}`) ?? 0) + 1);
    expect(pairs.size).toBe(3 * targets.length);
    expect(new Set(pairs.values())).toEqual(new Set([2]));
  });

  it('has IPv4 and IPv6 in turn', () => {
    expect(plan.slice(0, 4).map(({ target }) => target.includes(':'))).toEqual([false, true, false, true]);
  });

  it('begins anywhere in a tick', () => {
    const tenths = new Set(plan.map(({ delayMs }) => Math.floor(delayMs / 10)));
    expect(tenths).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  it('is the same for the same seed only', () => {
    expect(planAttacks(count, '1')).toEqual(plan);
    expect(planAttacks(count, '2')).not.toEqual(plan);
  });
});
