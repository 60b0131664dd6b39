import { expect, test } from 'vitest';
import type { RuleRequest } from './backend.ts';
import { planRule } from './plan.ts';

const rule = (changes: Partial<RuleRequest>): RuleRequest => ({
  id: 'mit-00000000000000ff',
  match: { destination: '203.0.113.7/32' },
  ttlMs: 1000,
  verdict: 'drop',
  ...changes,
});

test.each([
  ['an id that is no mitigation', { id: 'mit-1; flush ruleset' }, 'id "mit-1; flush ruleset"'],
  ['no time to live', { ttlMs: 0 }, 'ttlMs 0'],
  ['an endless time to live', { ttlMs: Number.POSITIVE_INFINITY }, 'ttlMs Infinity'],
  ['a destination that is no prefix', { match: { destination: '203.0.113.7; drop' } }, 'destination: '],
  ['a source that is no prefix', { match: { destination: '203.0.113.7/32', source: 'any' } }, 'source: '],
])('refuses %s', (_, changes, reason) => {
  expect(planRule(rule(changes))).toEqual({
    code: 'TG2002',
    reason: expect.stringContaining(reason) as string,
  });
});

test('takes the longest TTL there is', () => {
  expect(planRule(rule({ ttlMs: 30 * 24 * 3600 * 1000 }))).toBeNull();
});
