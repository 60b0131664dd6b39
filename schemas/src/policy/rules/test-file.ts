import { nearest } from '../../validate/nearest.ts';
import type { PolicyRule } from './rule.ts';

/**
 * A test without its traffic cannot run. It is no reason to keep a policy from taking effect: large recordings are often
 * kept outside of git.
 */
export const testFile: PolicyRule = {
  id: 'test-file',
  severity: 'warning',
  *check({ tests, files }) {
    if (files === null) return;
    for (const document of tests) {
      for (const key of ['recording', 'pcap'] as const) {
        const path = document.spec.given[key];
        // A path that leaves the folder is found by test-path.
        if (path === undefined || path.split('/').includes('..') || files.has(path)) continue;
        const message = `There is no file ${path} in the policy folder: the test cannot run.`;
        yield {
          document,
          path: `/spec/given/${key}`,
          message,
          suggestion: nearest(path, [...files]),
        };
      }
    }
  },
};
