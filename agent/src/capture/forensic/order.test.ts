import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderByTime } from './order.ts';
import { orderRoom } from './workspace.ts';

/** The order, and in how many slices it was found. */
function run(times: readonly number[]): { order: number[]; slices: number } {
  const work = orderByTime(Float64Array.from(times), orderRoom(times.length));
  for (let slices = 1; ; slices++) {
    const step = work.next();
    if (step.done === true) return { order: [...step.value], slices };
  }
}

const expected = (times: readonly number[]): number[] =>
  [...times.keys()].sort((a, b) => times[a]! - times[b]! || a - b);

test('is a stable sort of anything', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 300 }), (times) => {
      expect(run(times).order).toEqual(expected(times));
    }),
  );
});

test('nothing and a single record', () => {
  expect(run([]).order).toEqual([]);
  expect(run([7]).order).toEqual([0]);
});

test('a ring that wrapped, with neighbours of two CPUs in turn, comes out right', () => {
  const times = Array.from({ length: 20_000 }, (_, place) => ((place + 5_000) % 20_000) * 10);
  for (let place = 0; place < 20_000; place += 2) times[place] = times[place]! + 15;
  expect(run(times).order).toEqual(expected(times));
});

test('a ring that wrapped costs one look and one merge, in slices of 4,096 steps', () => {
  const times = Array.from({ length: 81_920 }, (_, place) => (place + 30_000) % 81_920);
  expect(run(times).slices).toBe(1 + 20 + 20);
});

test('the worst order is done in slices too', () => {
  const times = Array.from({ length: 65_536 }, (_, place) => -place);
  const { order, slices } = run(times);
  expect(order.slice(0, 2)).toEqual([65_535, 65_534]);
  // One look, 16 merges of everything, 16 slices each.
  expect(slices).toBe(1 + 16 + 16 * 16);
});
