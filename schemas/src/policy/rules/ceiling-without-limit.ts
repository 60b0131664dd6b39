import type { PolicyRule } from './rule.ts';

/** A burst without a rate holds nothing. */
export const ceilingWithoutLimit: PolicyRule = {
  id: 'ceiling-without-limit',
  severity: 'error',
  *check({ thresholds }) {
    for (const document of thresholds) {
      const { ceiling } = document.spec;
      if (ceiling?.burst === undefined || Object.keys(ceiling).length > 1) continue;
      const message = 'The ceiling names a burst and no rate; add one, such as packets: 3Mpps.';
      yield { document, path: '/spec/ceiling', message };
    }
  },
};
