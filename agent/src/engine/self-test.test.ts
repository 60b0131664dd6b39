import { expect, it } from 'vitest';
import { selfTest } from './self-test.ts';

it('names every flood that this version knows, over IPv4 and IPv6', () => {
  expect(selfTest()).toEqual([]);
});
