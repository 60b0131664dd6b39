import type { PolicyRule } from './rule.ts';

const numberMax = 65_535;

/** Both halves of a community are numbers of 16 bits (RFC 1997). */
export const communityValue: PolicyRule = {
  id: 'community-value',
  severity: 'error',
  *check({ flowspecs }) {
    for (const document of flowspecs) {
      const { communities = [], blackhole } = document.spec;
      for (const [path, list] of [
        ['/spec/communities', communities],
        ['/spec/blackhole/communities', blackhole?.communities ?? []],
      ] as const) {
        for (const [index, written] of list.entries()) {
          if (written.split(':').every((half) => Number(half) <= numberMax)) continue;
          const message = `${written} is no community: each of the two numbers is at most ${numberMax}.`;
          yield { document, path: `${path}/${index}`, message };
        }
      }
    }
  },
};
