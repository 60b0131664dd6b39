import { wildcardMatches } from '../../encoding/wildcard.ts';
import type { PolicyRule } from './rule.ts';

/** SYN cookies answer SYN floods; in a playbook for anything else the step never comes to its turn. */
export const synproxyWithoutFlood: PolicyRule = {
  id: 'synproxy-without-flood',
  severity: 'warning',
  *check({ playbooks }) {
    for (const document of playbooks) {
      if (document.spec.trigger.families.some((pattern) => wildcardMatches(pattern, 'syn_flood'))) continue;
      for (const [index, { synproxy }] of document.spec.steps.entries()) {
        if (synproxy === undefined) continue;
        const message = 'The playbook is not for syn_flood, and this step answers nothing else.';
        yield { document, path: `/spec/steps/${index}/synproxy`, message };
      }
    }
  },
};
