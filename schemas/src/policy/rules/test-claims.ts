import type { PolicyRule } from './rule.ts';

/** A test needs one source of traffic and at least one claim about it, and claims that do not contradict each other. */
export const testClaims: PolicyRule = {
  id: 'test-claims',
  severity: 'error',
  *check({ tests }) {
    for (const document of tests) {
      const { given, expect = [], never = [], budget = {} } = document.spec;
      const { recording, pcap, scenario } = given;
      if ([recording, pcap, scenario].filter((source) => source !== undefined).length !== 1) {
        const message = 'Give the traffic as one of recording, pcap and scenario, exactly one of them.';
        yield { document, path: '/spec/given', message };
      }
      if (expect.length === 0 && never.length === 0 && Object.keys(budget).length === 0) {
        const message = 'The test claims nothing: add expect, never or budget.';
        yield { document, path: '/spec', message };
      }
      const both = never.findIndex((action) => expect.includes(action));
      if (both >= 0) {
        const message = `"${never[both] ?? ''}" is expected and forbidden in the same test.`;
        yield { document, path: `/spec/never/${both}`, message };
      }
    }
  },
};
