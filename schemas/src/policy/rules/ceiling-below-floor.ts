import type { Unit } from '../../units/amount.ts';
import { amountOf } from '../amount-of.ts';
import type { PolicyRule } from './rule.ts';

const metrics: readonly (readonly ['packets' | 'bits', Unit])[] = [
  ['packets', 'packets/s'],
  ['bits', 'bits/s'],
];

/** A ceiling below the floor would drop before anything is reported. */
export const ceilingBelowFloor: PolicyRule = {
  id: 'ceiling-below-floor',
  severity: 'error',
  *check({ thresholds }) {
    for (const document of thresholds) {
      const { floor, ceiling = {} } = document.spec;
      for (const [metric, unit] of metrics) {
        const [least, most] = [floor[metric], ceiling[metric]];
        if (least === undefined || most === undefined || amountOf(unit, most) >= amountOf(unit, least))
          continue;
        const message = `The ceiling of ${most} lies below the floor of ${least}: it would drop before anything is reported.`;
        yield { document, path: `/spec/ceiling/${metric}`, message };
      }
    }
  },
};
