import { expect, it } from 'vitest';
import { families } from './families.ts';

it('families have names that the shapes accept, each once', () => {
  expect(families.filter((family) => !/^[a-z][a-z0-9_]{1,47}$/.test(family))).toEqual([]);
  expect(new Set(families).size).toBe(families.length);
});
