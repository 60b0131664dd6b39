import { groupsOutOfReach } from './group-reach.ts';
import type { PolicyRule } from './rule.ts';
import { scrubSteps } from './scrub-steps.ts';

/** What a group must not hand over, or cannot because nothing of it is owned, would be refused in the attack. */
export const scrubGroup: PolicyRule = {
  id: 'scrub-group',
  severity: 'error',
  *check(policy) {
    for (const { document, path, step } of scrubSteps(policy)) {
      const through = policy.scrubbers.find(({ name }) => name === step.scrubber);
      if (through !== undefined)
        yield* groupsOutOfReach(policy, { document, path: `${path}/scrubber`, through });
    }
  },
};
