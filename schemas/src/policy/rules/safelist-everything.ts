import type { PolicyRule } from './rule.ts';

/** A safelist that holds a whole address family switches every rule for it off. */
export const safelistEverything: PolicyRule = {
  id: 'safelist-everything',
  severity: 'error',
  *check({ groups }) {
    for (const document of groups) {
      for (const [index, prefix] of (document.spec.safelist ?? []).entries()) {
        if (!prefix.endsWith('/0')) continue;
        const message = `${prefix} safelists every source, so that nothing could ever be dropped. To only watch, write mode: observe.`;
        yield { document, path: `/spec/safelist/${index}`, message };
      }
    }
  },
};
