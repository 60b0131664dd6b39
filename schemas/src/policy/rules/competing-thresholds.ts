import { parseCidr } from '../../net/cidr.ts';
import type { PolicyRule } from './rule.ts';

/** The longest prefix decides; two thresholds for the same prefix of one group leave it open which floor holds. */
export const competingThresholds: PolicyRule = {
  id: 'competing-thresholds',
  severity: 'error',
  *check(policy) {
    for (const group of policy.groups) {
      const claims = new Map<string, string>();
      for (const { threshold, targets } of policy.thresholdsOf(group)) {
        for (const target of targets.length === 0 ? ['every protected prefix'] : targets) {
          const claim = target.includes('/') ? parseCidr(target).text : target;
          const rival = claims.get(claim);
          claims.set(claim, threshold.name);
          // A second threshold of the same name is found by duplicate-name.
          if (rival === undefined || rival === threshold.name) continue;
          const message = `"${threshold.name}" and "${rival}" both set a threshold for ${claim} in "${group.name}".`;
          yield {
            document: threshold,
            path: targets.length === 0 ? '/metadata/name' : '/spec/targets',
            message,
          };
        }
      }
    }
  },
};
