import { expect, it } from 'vitest';
import { Waiters } from './waiters.ts';

const nobodyGoes = (): void => undefined;

it('lets each go when its own news comes', async () => {
  const waiters = new Waiters();
  const news = new Set<number>();
  const done: number[] = [];
  const parked = [1, 2, 3].map((each) =>
    waiters.park(60_000, () => news.has(each), nobodyGoes).then(() => done.push(each)),
  );
  news.add(2);
  waiters.wake();
  await parked[1];
  expect([done, waiters.size]).toEqual([[2], 2]);
  waiters.release();
  await Promise.all(parked);
  expect(waiters.size).toBe(0);
});

it('lets a request go at its deadline, and when its client has gone', async () => {
  const waiters = new Waiters();
  const before = performance.now();
  let leave: () => void = nobodyGoes;
  const gone = waiters.park(
    60_000,
    () => false,
    (letGo) => (leave = letGo),
  );
  const late = waiters.park(100, () => false, nobodyGoes);
  leave();
  await gone;
  expect(waiters.size).toBe(1);
  await late;
  expect(performance.now() - before).toBeGreaterThanOrEqual(100);
  expect(waiters.size).toBe(0);
});

it('parks nobody whose news is there already, and nobody after the release', async () => {
  const waiters = new Waiters();
  await waiters.park(60_000, () => true, nobodyGoes);
  waiters.release();
  await waiters.park(60_000, () => false, nobodyGoes);
  expect(waiters.size).toBe(0);
});
