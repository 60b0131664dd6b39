import { parseCidr } from '../../net/cidr.ts';
import type { PolicyRule } from './rule.ts';

/** Shortest prefix that may be blocked without an attack: a registry's whole allocation is no longer one adversary. */
const lengthMin = { 4: 8, 6: 16 } as const;

export const blocklistBreadth: PolicyRule = {
  id: 'blocklist-breadth',
  severity: 'error',
  *check({ groups }) {
    for (const document of groups) {
      for (const [index, entry] of (document.spec.blocklist ?? []).entries()) {
        const { family, length } = parseCidr(entry);
        if (length >= lengthMin[family]) continue;
        const message = `${entry} is too wide to be dropped always; the widest IPv${family} prefix is /${lengthMin[family]}.`;
        yield { document, path: `/spec/blocklist/${index}`, message };
      }
    }
  },
};
