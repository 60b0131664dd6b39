import type { PolicyRule } from './rule.ts';

/** Tests run in pull requests: they read nothing outside the policy folder. */
export const testPath: PolicyRule = {
  id: 'test-path',
  severity: 'error',
  *check({ tests }) {
    for (const document of tests) {
      for (const key of ['recording', 'pcap'] as const) {
        const path = document.spec.given[key];
        if (path === undefined || !path.split('/').includes('..')) continue;
        const message = 'The path leaves the policy folder.';
        yield { document, path: `/spec/given/${key}`, message };
      }
    }
  },
};
