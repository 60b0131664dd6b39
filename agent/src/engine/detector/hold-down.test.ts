import { describe, expect, it } from 'vitest';
import { HoldDown, quietMsOf } from './hold-down.ts';

const target = '203.0.113.10';
const seconds = 1e9;

describe('an attack that comes again', () => {
  it('soon after it was over must be quiet for twice as long, and so on, up to a bound', () => {
    const holdDown = new HoldDown();
    let atNs = 0;
    const doublings = Array.from({ length: 9 }, () => {
      atNs += 30 * seconds;
      const count = holdDown.open(target, atNs);
      holdDown.close(target, atNs, count, 10_000);
      return count;
    });
    expect(doublings).toEqual([0, 1, 2, 3, 4, 5, 6, 6, 6]);
  });

  it('much later is forgotten step by step', () => {
    const holdDown = new HoldDown();
    holdDown.close(target, 0, 3, 10_000);
    expect(holdDown.open(target, 200 * seconds)).toBe(4);
    expect(holdDown.open(target, 300 * seconds)).toBe(2);
    expect(holdDown.open(target, 3600 * seconds)).toBe(0);
    expect(holdDown.open('203.0.113.99', 1 * seconds)).toBe(0);
  });

  it('is remembered for so many targets', () => {
    const holdDown = new HoldDown();
    for (let number = 0; number < 5000; number++) holdDown.close(`target ${number}`, 0, 0, 1000);
    expect(holdDown.open('target 0', 1 * seconds)).toBe(0);
    expect(holdDown.open('target 4999', 1 * seconds)).toBe(1);
  });
});

it('quiet times double, and never exceed an hour unless the playbook says so', () => {
  expect([0, 1, 2].map((doublings) => quietMsOf(120_000, doublings))).toEqual([120_000, 240_000, 480_000]);
  expect(quietMsOf(1_000_000, 6)).toBe(3_600_000);
  expect(quietMsOf(7_200_000, 6)).toBe(7_200_000);
});
