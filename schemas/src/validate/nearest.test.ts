import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'ab', 1],
    ['abc', 'abxc', 1],
    ['kitten', 'sitting', 3],
    ['intrefaces', 'interfaces', 1],
  ])('%j to %j is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  it('is symmetric, and zero only for the same word', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (from, to) => {
        expect(editDistance(from, to)).toBe(editDistance(to, from));
        expect(editDistance(from, to) === 0).toBe(from === to);
        expect(editDistance(from, to)).toBeLessThanOrEqual(Math.max(from.length, to.length));
      }),
    );
  });
});

describe('nearest', () => {
  const keys = ['interfaces', 'protect', 'mode', 'selector'];

  it.each([
    ['intrefaces', 'interfaces'],
    ['Interfaces', 'interfaces'],
    ['interface', 'interfaces'],
    ['protected', 'protect'],
    ['mod', 'mode'],
    ['nodes', null],
    ['colour', null],
    ['', null],
    ['x'.repeat(100_000), null],
  ])('%j means %j', (word, expected) => {
    expect(nearest(word, keys)).toBe(expected);
  });
});
