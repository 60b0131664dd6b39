import { announcements } from './announcements.ts';
import type { PolicyRule } from './rule.ts';

/** A blackhole completes the attack. */
export const rtbhOrder: PolicyRule = {
  id: 'rtbh-order',
  severity: 'error',
  *check(policy) {
    for (const { document, kind, path, index } of announcements(policy)) {
      if (kind !== 'rtbh' || index === document.spec.steps.length - 1) continue;
      const message =
        'A blackhole takes the address off the network, as the attacker wants: it must be the last step.';
      yield { document, path, message };
    }
  },
};
