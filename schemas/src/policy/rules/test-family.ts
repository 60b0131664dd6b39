import { nearest } from '../../validate/nearest.ts';
import { families } from '../families.ts';
import type { PolicyRule } from './rule.ts';

/** A scenario is of a family that the generator can make; a misspelt one would be no test at all. */
export const testFamily: PolicyRule = {
  id: 'test-family',
  severity: 'error',
  *check({ tests }) {
    const known = ['none', ...families];
    for (const document of tests) {
      const attack = document.spec.given.scenario?.attack;
      if (attack === undefined || known.includes(attack)) continue;
      yield {
        document,
        path: '/spec/given/scenario/attack',
        message: `"${attack}" is no attack family that Tidegate knows; write none for legitimate traffic alone.`,
        suggestion: nearest(attack, known),
      };
    }
  },
};
