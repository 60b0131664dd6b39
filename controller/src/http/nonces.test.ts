import { expect, it } from 'vitest';
import { Nonces } from './nonces.ts';

it('remembers a nonce for the whole span, for its key only', () => {
  const nonces = new Nonces(1000, 0);
  expect(nonces.use('a', 'n', 999)).toBe('fresh');
  expect(nonces.use('b', 'n', 999)).toBe('fresh');
  for (const at of [999, 1000, 1999]) expect([at, nonces.use('a', 'n', at)]).toEqual([at, 'seen']);
});

it('forgets it within two spans after, also when nobody asked in between', () => {
  const nonces = new Nonces(1000, 0);
  nonces.use('a', 'n', 0);
  expect(nonces.use('a', 'm', 3000)).toBe('fresh');
  expect(nonces.use('a', 'n', 3000)).toBe('fresh');
});

it('bounds what one key can make it remember, and no other key suffers', () => {
  const nonces = new Nonces(1000, 0);
  const verdicts = Array.from({ length: 4100 }, (_, index) => nonces.use('a', `n${index}`, 1));
  expect(verdicts.filter((verdict) => verdict === 'fresh')).toHaveLength(4096);
  expect(verdicts.at(-1)).toBe('too-many');
  expect(nonces.use('b', 'n', 1)).toBe('fresh');
  expect(nonces.use('a', 'n5000', 1001)).toBe('fresh');
});
