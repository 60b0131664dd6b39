import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../generator/index.ts';
import { atomsOf, rangesOf, widthOf } from './ranges.ts';
import type { Weighted } from './ranges.ts';

const limits = { from: 20, to: 65_535 };
const each = (values: readonly number[], weight = 1): Weighted[] =>
  values.map((value) => ({ value, weight }));
const drawn = (count: number, from: number, to: number): number[] => {
  const random = new SeededRandom(`${count} ${from} ${to}`);
  return Array.from({ length: count }, () => random.integer(from, to));
};

describe('atoms', () => {
  it('are the heaviest values, ever more of them, whatever lies around', () => {
    const values = [...each(drawn(30, 20, 1400)), ...each([60], 400), ...each([28], 500)];
    const [one, two] = [
      { from: 28, to: 28 },
      { from: 60, to: 60 },
    ];
    expect(atomsOf(values)).toEqual([[one], [one, two]]);
  });

  it('are none where no value stands out', () => {
    expect(atomsOf(each(drawn(300, 20, 1400)))).toEqual([]);
    expect(atomsOf([])).toEqual([]);
  });
});

describe('ranges', () => {
  it('of nothing are none', () => {
    expect(rangesOf([], limits)).toEqual([]);
  });

  it('of one value are that value', () => {
    expect(rangesOf(each(Array<number>(40).fill(540)), limits)).toEqual([{ from: 540, to: 540 }]);
  });

  it('of values far apart are those values', () => {
    const values = [...Array<number>(30).fill(60), ...Array<number>(30).fill(1400)];
    expect(rangesOf(each(values), limits)).toEqual([60, 1400].map((value) => ({ from: value, to: value })));
  });

  it('of bursts with a few values each reach beyond them: the next burst has another value', () => {
    const values = [1210, 1290, 1350].flatMap((value) => Array<number>(40).fill(value));
    const [range, ...others] = rangesOf(each(values), limits);
    expect(others).toEqual([]);
    expect(range!.from).toBeLessThan(1150);
    expect(range!.to).toBeGreaterThan(1400);
  });

  it('of neighbours are one range', () => {
    const [range, ...others] = rangesOf(each(drawn(200, 60, 68)), limits);
    expect(others).toEqual([]);
    expect(range).toEqual({ from: 56, to: 72 });
  });

  it('leave out stray values of little weight', () => {
    const values = [...each(drawn(100, 1200, 1400), 64), ...each(drawn(20, 60, 300), 1)];
    const [range, ...others] = rangesOf(values, limits);
    expect(others).toEqual([]);
    expect(range!.from).toBeGreaterThan(1150);
  });

  it('are not torn apart where a gap is chance', () => {
    expect(rangesOf(each(drawn(30, 64, 1400)), limits)).toHaveLength(1);
  });

  it('are at most four', () => {
    const values = [100, 1000, 9000, 20_000, 40_000, 60_000].flatMap((value) => drawn(20, value, value + 20));
    expect(rangesOf(each(values), limits)).toHaveLength(4);
  });

  it('stay within what is possible', () => {
    expect(rangesOf(each(drawn(50, 20, 40)), limits)[0]!.from).toBe(20);
  });

  it('hold at least 98 % of the weight, are in order and do not overlap', () => {
    const values = fc.array(
      fc.record({ value: fc.integer({ min: 20, max: 65_535 }), weight: fc.integer({ min: 1, max: 64 }) }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(values, (weighted) => {
        const ranges = rangesOf(weighted, limits);
        const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
        const inside = weighted.filter(({ value }) =>
          ranges.some(({ from, to }) => value >= from && value <= to),
        );
        expect(inside.reduce((sum, { weight }) => sum + weight, 0)).toBeGreaterThanOrEqual(0.98 * total);
        for (const [index, { from, to }] of ranges.entries()) {
          expect(from).toBeLessThanOrEqual(to);
          if (index > 0) expect(from).toBeGreaterThan(ranges[index - 1]!.from);
        }
        expect(widthOf(ranges)).toBeGreaterThan(0);
      }),
    );
  });
});
