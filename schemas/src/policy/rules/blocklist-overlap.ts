import { cidrCovers, parseCidr, type IpPrefix } from '../../net/cidr.ts';
import type { PolicyRule } from './rule.ts';

/** What is protected is no source to drop, and the safelist takes out of a blocklist again what lies in both. */
export const blocklistOverlap: PolicyRule = {
  id: 'blocklist-overlap',
  severity: 'error',
  *check({ groups }) {
    for (const document of groups) {
      const protect = document.spec.protect.map(parseCidr);
      const safelist = (document.spec.safelist ?? []).map(parseCidr);
      for (const [index, written] of (document.spec.blocklist ?? []).entries()) {
        const entry = parseCidr(written);
        const own = protect.find(overlapping(entry));
        const safe = safelist.find(overlapping(entry));
        if (own === undefined && safe === undefined) continue;
        const message =
          own === undefined
            ? `${written} and the safelisted ${safe!.text} overlap: a source is on one list or on the other.`
            : `${written} overlaps ${own.text}, which is protected: the servers could no longer reach each other.`;
        yield { document, path: `/spec/blocklist/${index}`, message };
      }
    }
  },
};

const overlapping =
  (entry: IpPrefix) =>
  (other: IpPrefix): boolean =>
    cidrCovers(entry, other) || cidrCovers(other, entry);
