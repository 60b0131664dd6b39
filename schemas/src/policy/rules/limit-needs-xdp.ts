import type { PolicyRule } from './rule.ts';

/** Only the XDP program holds a rule to a rate. */
export const limitNeedsXdp: PolicyRule = {
  id: 'limit-needs-xdp',
  severity: 'error',
  *check({ playbooks }) {
    for (const document of playbooks) {
      for (const [index, { drop }] of document.spec.steps.entries()) {
        if (drop?.limit === undefined || drop.via !== 'nftables') continue;
        const message = 'A limit is held by XDP alone: take out via, or the limit.';
        yield { document, path: `/spec/steps/${index}/drop/via`, message, suggestion: 'xdp' };
      }
    }
  },
};
