import { familyOf } from '../compile-profiles.ts';
import { wildcardMatches } from '../../encoding/wildcard.ts';
import type { PolicyRule } from './rule.ts';

/** A profile gives an attack another name: where no playbook knows the name, what was answered before no longer is. */
export const profileWithoutPlaybook: PolicyRule = {
  id: 'profile-without-playbook',
  severity: 'warning',
  *check(policy) {
    if (!policy.isComplete('Playbook')) return;
    for (const document of policy.profiles) {
      const family = familyOf(document);
      const unanswered = policy.groups.filter((group) => {
        const isFor = document.spec.groups?.includes(group.name) ?? true;
        const playbooks = policy.playbooksOf(group);
        const answers = playbooks.some(({ spec }) =>
          spec.trigger.families.some((pattern) => wildcardMatches(pattern, family)),
        );
        return isFor && playbooks.length > 0 && !answers;
      });
      if (unanswered.length === 0) continue;
      const names = unanswered.map(({ name }) => name).join(', ');
      const message = `No playbook of ${names} is for the family "${family}": an attack that this profile names is only reported there. Add it to the families of a playbook.`;
      const path = document.spec.family === undefined ? '/metadata/name' : '/spec/family';
      yield { document, path, message };
    }
  },
};
