import type { PolicyRule } from './rule.ts';

/** Without a threshold nothing is ever detected on the nodes of the group. */
export const groupWithoutThreshold: PolicyRule = {
  id: 'group-without-threshold',
  severity: 'error',
  *check(policy) {
    const names = new Set(policy.groups.map(({ name }) => name));
    const misdirected = policy.thresholds.some(({ spec }) => spec.groups.some((group) => !names.has(group)));
    // A threshold that is broken, or names an unknown group, is probably the one that seems to be missing.
    if (misdirected || !policy.isComplete('Threshold')) return;
    for (const group of policy.groups) {
      if (policy.thresholdsOf(group).length > 0) continue;
      // A threshold that names the group and misses its prefixes is found by target-outside-protect.
      if (policy.thresholds.some(({ spec }) => spec.groups.includes(group.name))) continue;
      const message = `No Threshold names the group "${group.name}", so nothing is ever detected there.`;
      yield { document: group, path: '/metadata/name', message };
    }
  },
};
