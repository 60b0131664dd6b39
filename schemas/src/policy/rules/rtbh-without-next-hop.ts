import { parseCidr } from '../../net/cidr.ts';
import { announcements, groupsOf } from './announcements.ts';
import type { PolicyRule } from './rule.ts';

/** A blackhole is a route, and a route needs a next hop of its family. */
export const rtbhWithoutNextHop: PolicyRule = {
  id: 'rtbh-without-next-hop',
  severity: 'error',
  *check(policy) {
    for (const { document, kind, path, step } of announcements(policy)) {
      const named = policy.flowspecs.find(({ name }) => name === step.policy);
      if (kind !== 'rtbh' || named === undefined) continue;
      const { nextHop, nextHop6 } = named.spec.blackhole ?? {};
      const families = new Set(
        groupsOf(policy, document).flatMap(({ spec }) => spec.protect.map((one) => parseCidr(one).family)),
      );
      const missing = [
        ...(families.has(4) && nextHop === undefined
          ? ['blackhole.nextHop for IPv4, such as 192.0.2.1']
          : []),
        ...(families.has(6) && nextHop6 === undefined ? ['blackhole.nextHop6 for IPv6, such as 100::1'] : []),
      ];
      if (missing.length === 0) continue;
      const message = `The FlowSpecPolicy "${named.name}" names no ${missing.join(' and no ')}: no such address can be blackholed.`;
      yield { document, path: `${path}/policy`, message };
    }
  },
};
