import { cidrCovers, parseCidr } from '../../net/cidr.ts';
import type { PolicyRule } from './rule.ts';

/** Only protected prefixes are counted: a threshold for another one never sees a packet. */
export const targetOutsideProtect: PolicyRule = {
  id: 'target-outside-protect',
  severity: 'error',
  *check({ groups, thresholds }) {
    for (const document of thresholds) {
      const { spec } = document;
      const named = groups.filter(({ name }) => spec.groups.includes(name));
      // With an unknown group it cannot be said what is protected.
      if (new Set(named.map(({ name }) => name)).size < new Set(spec.groups).size) continue;
      const protect = named.flatMap((group) => group.spec.protect.map(parseCidr));
      for (const [index, target] of (spec.targets ?? []).entries()) {
        const prefix = parseCidr(target);
        if (protect.some((outer) => cidrCovers(outer, prefix))) continue;
        const names = spec.groups.map((name) => `"${name}"`).join(', ');
        const message = `${target} is not inside a prefix that ${names} protects (${protect.map(({ text }) => text).join(', ')}).`;
        yield { document, path: `/spec/targets/${index}`, message };
      }
    }
  },
};
