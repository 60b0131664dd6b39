import { announcements } from './announcements.ts';
import { groupsOutOfReach } from './group-reach.ts';
import type { PolicyRule } from './rule.ts';

/** What a group must not announce, or cannot because nothing of it is owned, would be refused in the attack. */
export const announcementGroup: PolicyRule = {
  id: 'announcement-group',
  severity: 'error',
  *check(policy) {
    for (const { document, path, step } of announcements(policy)) {
      const through = policy.flowspecs.find(({ name }) => name === step.policy);
      if (through !== undefined)
        yield* groupsOutOfReach(policy, { document, path: `${path}/policy`, through });
    }
  },
};
