import { expect, test } from 'vitest';
import { healthyAnswer, look, nowMs } from '../healthy.contract.ts';
import { controllerClock } from './controller-clock.ts';

const answerAt = (offsetSeconds: number) => ({
  get: async () => ({
    ...healthyAnswer,
    date: new Date(Math.floor((nowMs - offsetSeconds * 1000) / 1000) * 1000).toUTCString(),
  }),
});

test.each([
  [0, 'ok', 'agrees with ours within 1 s'],
  [1, 'ok', 'agrees with ours within 1 s'],
  [-12, 'ok', 'ours is 12 s behind it'],
  [30, 'ok', 'ours is 30 s ahead of it'],
  [31, 'fail', 'ours is 31 s ahead of it'],
  [-31, 'fail', 'ours is 31 s behind it'],
  [86_400, 'fail', 'ours is 86400 s ahead of it'],
])('%i s: %s', async (offset, status, found) => {
  expect(await look(controllerClock, { host: answerAt(offset) })).toMatchObject({ status, found });
});

test('without an answer, or without a time in it, nothing is known', async () => {
  const get = async (): Promise<never> => {
    throw new Error('refused');
  };
  expect(await look(controllerClock, { host: { get } })).toMatchObject({ status: 'skipped' });
  const timeless = async () => ({ ...healthyAnswer, date: undefined });
  expect(await look(controllerClock, { host: { get: timeless } })).toMatchObject({ status: 'skipped' });
});
