import { nearest } from '../../validate/nearest.ts';
import { familyOf } from '../compile-profiles.ts';
import { wildcardMatches } from '../../encoding/wildcard.ts';
import { families } from '../families.ts';
import type { PolicyRule } from './rule.ts';

/** Patterns that people write. */
const patterns = ['*_amplification', '*_flood', 'tcp_*', 'udp_*'];

/** A misspelt family would never trigger its playbook. */
export const unknownFamily: PolicyRule = {
  id: 'unknown-family',
  severity: 'error',
  *check(policy) {
    const known = [...families, ...policy.profiles.map(familyOf)];
    // A profile that cannot be read may be what a playbook is for.
    if (!policy.isComplete('AttackProfile')) return;
    for (const document of policy.playbooks) {
      for (const [index, pattern] of document.spec.trigger.families.entries()) {
        if (known.some((family) => wildcardMatches(pattern, family))) continue;
        const message = `"${pattern}" matches no attack family that Tidegate knows, and none of an AttackProfile.`;
        yield {
          document,
          path: `/spec/trigger/families/${index}`,
          message,
          suggestion: nearest(pattern, pattern.includes('*') ? patterns : known),
        };
      }
    }
  },
};
