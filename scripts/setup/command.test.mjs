import { expect, test } from 'vitest';
import { bothEnds } from './command.mjs';

/** @param {number} count */
const lines = (count) => Array.from({ length: count }, (_, index) => `line ${index + 1}`).join('\n');

test('a short log is shown whole', () => {
  expect(bothEnds(`${lines(30)}\n\n`)).toBe(lines(30));
});

test('of a long log both ends are shown, because tools differ in where they tell the cause', () => {
  const shown = bothEnds(lines(500)).split('\n');
  expect(shown).toHaveLength(31);
  expect([shown[0], shown[14], shown[15], shown[16], shown[30]]).toEqual([
    'line 1',
    'line 15',
    '…',
    'line 486',
    'line 500',
  ]);
});
