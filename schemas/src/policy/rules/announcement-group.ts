import { cidrCovers } from '../../net/cidr.ts';
import { announcements, groupsOf } from './announcements.ts';
import type { PolicyRule } from './rule.ts';

/** What a group must not announce, or cannot because nothing of it is owned, would be refused in the attack. */
export const announcementGroup: PolicyRule = {
  id: 'announcement-group',
  severity: 'error',
  *check(policy) {
    for (const { document, path, step } of announcements(policy)) {
      const named = policy.flowspecs.find(({ name }) => name === step.policy);
      if (named === undefined) continue;
      for (const group of groupsOf(policy, document)) {
        const { groups, owned } = named.spec;
        if (groups !== undefined && !groups.includes(group.name)) {
          const message = `The FlowSpecPolicy "${named.name}" is not for the group "${group.name}", and this playbook is: add the group to its groups, or leave it out of those of the playbook.`;
          yield { document, path: `${path}/policy`, message };
        } else if (!group.spec.protect.some((prefix) => owned.some((outer) => cidrCovers(outer, prefix)))) {
          const message = `Nothing that the group "${group.name}" protects lies in the owned prefixes of the FlowSpecPolicy "${named.name}": ${owned.join(', ')}.`;
          yield { document, path: `${path}/policy`, message };
        }
      }
    }
  },
};
