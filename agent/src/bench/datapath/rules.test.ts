import { expect, test } from 'vitest';
import { planRule } from '../../actions/plan.ts';
import { ruleSet } from './rules.ts';

test.each(['spread', 'wide'] as const)('%s: 64 rules that can be installed, no two alike', (set) => {
  const rules = ruleSet(set);
  expect(rules.map(planRule)).toEqual(Array(64).fill(null));
  expect(new Set(rules.map(({ id }) => id)).size).toBe(64);
  expect(new Set(rules.map(({ match }) => JSON.stringify(match))).size).toBe(64);
});
