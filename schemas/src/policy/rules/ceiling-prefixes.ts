import { parseCidr } from '../../net/cidr.ts';
import type { PolicyRule } from './rule.ts';

/** Prefixes that the kernel tells apart: as many as its table holds. */
const prefixesMax = 1024;

/** With ceilings, the targets of thresholds need a place in the kernel beside the protected prefixes. */
export const ceilingPrefixes: PolicyRule = {
  id: 'ceiling-prefixes',
  severity: 'error',
  *check(policy) {
    for (const group of policy.groups) {
      const thresholds = policy.thresholdsOf(group);
      if (!thresholds.some(({ threshold }) => threshold.spec.ceiling !== undefined)) continue;
      const all = [...group.spec.protect, ...thresholds.flatMap(({ targets }) => targets)];
      const count = new Set(all.map((cidr) => parseCidr(cidr).text)).size;
      if (count <= prefixesMax) continue;
      const message = `"${group.name}" protects or names ${count} prefixes; with ceilings the kernel holds ${prefixesMax}.`;
      yield { document: group, path: '/spec/protect', message };
    }
  },
};
