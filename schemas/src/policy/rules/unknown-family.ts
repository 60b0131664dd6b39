import { nearest } from '../../validate/nearest.ts';
import { families, familyMatches } from '../families.ts';
import type { PolicyRule } from './rule.ts';

/** Patterns that people write. */
const patterns = ['*_amplification', '*_flood', 'tcp_*', 'udp_*'];

/** A misspelt family would never trigger its playbook. */
export const unknownFamily: PolicyRule = {
  id: 'unknown-family',
  severity: 'error',
  *check({ playbooks }) {
    for (const document of playbooks) {
      for (const [index, pattern] of document.spec.trigger.families.entries()) {
        if (families.some((family) => familyMatches(pattern, family))) continue;
        const message = `"${pattern}" matches no attack family that Tidegate knows.`;
        yield {
          document,
          path: `/spec/trigger/families/${index}`,
          message,
          suggestion: nearest(pattern, pattern.includes('*') ? patterns : families),
        };
      }
    }
  },
};
