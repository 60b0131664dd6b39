import { groupsOf } from './announcements.ts';
import type { PolicyRule } from './rule.ts';

/** A share of what nobody knows is never reached. */
export const linkShareWithoutCapacity: PolicyRule = {
  id: 'link-share-without-capacity',
  severity: 'error',
  *check(policy) {
    for (const document of policy.playbooks) {
      const without = groupsOf(policy, document).filter(({ spec }) => spec.linkCapacity === undefined);
      if (without.length === 0) continue;
      const names = without.map(({ name }) => name).join(', ');
      for (const [index, { drop, flowspec, scrub, rtbh }] of document.spec.steps.entries()) {
        for (const [action, step] of Object.entries({ drop, flowspec, scrub, rtbh })) {
          if (step?.when?.linkShare === undefined) continue;
          const message = `The linkCapacity of ${names} is not declared: the condition would never hold there. Declare it in the NodeGroup, or use packets or bits.`;
          yield { document, path: `/spec/steps/${index}/${action}/when/linkShare`, message };
        }
      }
    }
  },
};
