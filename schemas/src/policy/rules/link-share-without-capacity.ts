import { announcements, groupsOf } from './announcements.ts';
import type { PolicyRule } from './rule.ts';

/** A share of what nobody knows is never reached. */
export const linkShareWithoutCapacity: PolicyRule = {
  id: 'link-share-without-capacity',
  severity: 'error',
  *check(policy) {
    for (const { document, path, step } of announcements(policy)) {
      if (step.when?.linkShare === undefined) continue;
      const without = groupsOf(policy, document).filter(({ spec }) => spec.linkCapacity === undefined);
      if (without.length === 0) continue;
      const names = without.map(({ name }) => name).join(', ');
      const message = `The linkCapacity of ${names} is not declared: the condition would never hold there. Declare it in the NodeGroup, or use packets or bits.`;
      yield { document, path: `${path}/when/linkShare`, message };
    }
  },
};
