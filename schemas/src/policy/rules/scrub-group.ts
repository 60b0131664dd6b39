import { cidrCovers } from '../../net/cidr.ts';
import { groupsOf } from './announcements.ts';
import type { PolicyRule } from './rule.ts';
import { scrubSteps } from './scrub-steps.ts';

/** What a group must not hand over, or cannot because nothing of it is owned, would be refused in the attack. */
export const scrubGroup: PolicyRule = {
  id: 'scrub-group',
  severity: 'error',
  *check(policy) {
    for (const { document, path, step } of scrubSteps(policy)) {
      const named = policy.scrubbers.find(({ name }) => name === step.scrubber);
      if (named === undefined) continue;
      for (const group of groupsOf(policy, document)) {
        const { groups, owned } = named.spec;
        if (groups !== undefined && !groups.includes(group.name)) {
          const message = `The Scrubber "${named.name}" is not for the group "${group.name}", and this playbook is: add the group to its groups, or leave it out of those of the playbook.`;
          yield { document, path: `${path}/scrubber`, message };
        } else if (!group.spec.protect.some((prefix) => owned.some((outer) => cidrCovers(outer, prefix)))) {
          const message = `Nothing that the group "${group.name}" protects lies in the owned prefixes of the Scrubber "${named.name}": ${owned.join(', ')}.`;
          yield { document, path: `${path}/scrubber`, message };
        }
      }
    }
  },
};
