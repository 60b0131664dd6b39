import type { PolicyRule } from './rule.ts';

/** Without a playbook attacks are reported and nothing else. */
export const groupWithoutPlaybook: PolicyRule = {
  id: 'group-without-playbook',
  severity: 'warning',
  *check(policy) {
    const names = new Set(policy.groups.map(({ name }) => name));
    const misdirected = policy.playbooks.some(({ spec }) => spec.groups?.some((group) => !names.has(group)));
    // A playbook that is broken, or names an unknown group, is probably the one that seems to be missing.
    if (misdirected || !policy.isComplete('Playbook')) return;
    for (const group of policy.groups) {
      if (group.spec.allowEmpty === true || policy.playbooksOf(group).length > 0) continue;
      const message = `No Playbook is for the group "${group.name}": attacks are reported, but nothing is done about them.`;
      yield { document: group, path: '/metadata/name', message };
    }
  },
};
