import { describe, expect, it } from 'vitest';
import { documentsOf, sampleWith } from '../testkit/policy-sample.ts';
import { groupFor, nodeGroupsOf } from './groups.ts';

const group = (name: string, selector: string): string =>
  sampleWith('game-eu', name, sampleWith('{ role: game, region: eu }', selector)).split('---\n')[0] ?? '';
const documents = documentsOf(
  group('game-eu', '{ role: game, region: eu }'),
  group('games', '{ role: game }'),
  group('web', '{ role: web }'),
);

describe('groupFor', () => {
  it.each([
    [{ role: 'game', region: 'eu', rack: 'r1' }, 'game-eu'],
    [{ role: 'game', region: 'us' }, 'games'],
    [{ role: 'web' }, 'web'],
    [{ role: 'mail' }, null],
    [{ region: 'eu' }, null],
    [{}, null],
    [{ constructor: 'game' }, null],
  ])('%j belongs to %s', (labels, expected) => {
    expect(groupFor(documents, labels)).toBe(expected);
  });

  it('does not depend on the order of the documents', () => {
    const labels = { role: 'game', region: 'eu' };
    expect(groupFor([...documents].reverse(), labels)).toBe('game-eu');
  });

  it('leaves broken documents out', () => {
    expect(groupFor(documentsOf(group('web', '{ role: 1 }')), { role: '1' })).toBeNull();
  });
});

it('nodeGroupsOf names them in order', () => {
  expect(nodeGroupsOf(documents)).toEqual(['game-eu', 'games', 'web']);
});
