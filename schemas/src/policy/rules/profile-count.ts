import { profilesMax } from '../profile/bounds.ts';
import type { PolicyRule } from './rule.ts';

/** Every profile is held against every sample of a target that is attacked. */
export const profileCount: PolicyRule = {
  id: 'profile-count',
  severity: 'error',
  *check(policy) {
    for (const document of policy.groups) {
      const count = policy.profilesOf(document.name).length;
      if (count <= profilesMax) continue;
      const message = `${count} profiles are for "${document.name}"; the most is ${profilesMax}. Give some of them groups.`;
      yield { document, path: '/metadata/name', message };
    }
  },
};
