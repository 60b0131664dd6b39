import type { PolicyRule } from './rule.ts';

/** A test needs one source of traffic and at least one claim about it, and claims that do not contradict each other. */
export const testClaims: PolicyRule = {
  id: 'test-claims',
  severity: 'error',
  *check({ tests }) {
    for (const document of tests) {
      const { given, expect = [], never = [] } = document.spec;
      if ((given.recording === undefined) === (given.pcap === undefined)) {
        const message = 'Give the traffic as either recording or pcap, exactly one of them.';
        yield { document, path: '/spec/given', message };
      }
      if (document.spec.expect === undefined && document.spec.never === undefined) {
        yield { document, path: '/spec', message: 'The test claims nothing: add expect or never.' };
      }
      const both = never.findIndex((action) => expect.includes(action));
      if (both >= 0) {
        const message = `"${never[both] ?? ''}" is expected and forbidden in the same test.`;
        yield { document, path: `/spec/never/${both}`, message };
      }
    }
  },
};
