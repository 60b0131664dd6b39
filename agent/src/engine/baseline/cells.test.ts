import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketCount, bucketOf, codeOfCount, countOfCode, logAt, valueOf } from './buckets.ts';
import { cellCount, Cells } from './cells.ts';

const bucket = fc.integer({ min: 0, max: bucketCount - 1 });
/** Near each other, as values are, with some far away. */
const buckets = fc
  .tuple(
    bucket,
    fc.array(fc.integer({ min: -12, max: 12 }), { minLength: 1, maxLength: 60 }),
    fc.array(bucket, { maxLength: 3 }),
  )
  .map(([middle, near, far]) => [
    ...near.map((distance) => Math.min(bucketCount - 1, Math.max(0, middle + distance))),
    ...far,
  ]);
function histogram(values: readonly number[]): Cells {
  const cells = new Cells();
  const one = new Cells();
  for (const value of values) {
    one.setBucket(value, 1);
    cells.add(one);
  }
  return cells;
}
const spanOf = (values: readonly number[]): number => Math.max(...values) - Math.min(...values) + 1;

describe('buckets', () => {
  it('keep a value to within 3.2 %, from 0.0001 to 1e12', () => {
    fc.assert(
      fc.property(fc.double({ min: -9, max: 27, noNaN: true }), (log) => {
        const value = Math.exp(log);
        const middle = valueOf(logAt(bucketOf(value, 0) + 0.5), 0);
        expect(Math.abs(Math.log(middle / value))).toBeLessThan(0.0313);
      }),
    );
  });

  it('take the outermost one for what lies beyond', () => {
    expect(bucketOf(0, 1e-9)).toBe(0);
    expect(bucketOf(1e300, 1)).toBe(bucketCount - 1);
  });

  it('keep counts to within 2.5 % in a byte, small ones exactly', () => {
    for (let count = 0; count <= 16; count += 1) expect(countOfCode(codeOfCount(count))).toBe(count);
    fc.assert(
      fc.property(fc.double({ min: 16, max: 1.8e6, noNaN: true }), (count) => {
        expect(Math.abs(countOfCode(codeOfCount(count)) / count - 1)).toBeLessThan(0.0253);
      }),
    );
    expect(codeOfCount(1e12)).toBe(255);
    expect(codeOfCount(0.4)).toBe(0);
  });
});

describe('Cells', () => {
  it('lose no observation, and none moves by more than a cell but for the trimmed tails', () => {
    fc.assert(
      fc.property(buckets, (values) => {
        const cells = histogram(values);
        expect(cells.total()).toBeCloseTo(values.length, 6);
        const sorted = values.toSorted((a, b) => a - b);
        const width = 1 << cells.level;
        const median = cells.quantile(0.5);
        expect(median).toBeGreaterThanOrEqual(sorted[Math.floor((sorted.length - 1) / 2)]! - width);
        expect(median).toBeLessThanOrEqual(sorted[Math.floor(sorted.length / 2)]! + 2 * width);
        // No coarser than the range asks for.
        expect(cells.level === 0 || spanOf(values) > (cellCount / 2 - 1) * width).toBe(true);
      }),
    );
  });

  it('added give what the union gives, cell by cell, where nothing had to be trimmed', () => {
    fc.assert(
      fc.property(buckets, buckets, (left, right) => {
        fc.pre(left.length + right.length < 50);
        const [a, b] = [histogram(left), histogram(right)];
        const union = histogram([...left, ...right]);
        const [ab, ba] = [new Cells(), new Cells()];
        ab.add(a);
        ab.add(b);
        ba.add(b);
        ba.add(a);
        expect(ab.total()).toBeCloseTo(union.total(), 6);
        for (const quantile of [0.25, 0.5, 0.75]) {
          const width = 2 << Math.max(ab.level, union.level);
          expect(ab.quantile(quantile)).toBeCloseTo(ba.quantile(quantile), 6);
          expect(Math.abs(ab.quantile(quantile) - union.quantile(quantile))).toBeLessThanOrEqual(width);
        }
      }),
    );
  });

  it('become fine again when an outlier is gone', () => {
    const cells = histogram([...Array.from({ length: 40 }, () => 300), 620]);
    expect(cells.level).toBe(5);
    for (let cell = 0; cell < cellCount; cell += 1) if (cells.counts[cell]! < 2) cells.counts[cell] = 0;
    cells.refine();
    // It filled one cell of 32 buckets, which is now sixteen of 2.
    expect(cells.level).toBe(1);
    expect(cells.total()).toBe(40);
    expect(Math.abs(cells.quantile(0.5) - 300)).toBeLessThan(32);
  });

  it('have no quantile beyond the last bucket, whatever a damaged file says of their place', () => {
    const cells = new Cells();
    [cells.base, cells.level, cells.counts[0]] = [1023, 6, 1];
    expect(cells.quantile(0.5)).toBe(bucketCount);
    cells.clear();
    [cells.base, cells.level] = [1023, 6];
    expect(cells.quantile(0.5)).toBe(bucketCount);
  });
});
