import type { PolicyRule } from './rule.ts';

/** A name stands for one document of its kind: references and audit records name it. */
export const duplicateName: PolicyRule = {
  id: 'duplicate-name',
  severity: 'error',
  *check(policy) {
    const seen = new Map<string, string>();
    for (const document of policy.valid) {
      const key = `${document.kind}/${document.name}`;
      const first = seen.get(key);
      const { line } = document.positionOf('/metadata/name', 'value');
      if (first === undefined) {
        seen.set(key, `${document.file}:${line}`);
      } else {
        const message = `A ${document.kind} called "${document.name}" already stands at ${first}.`;
        yield { document, path: '/metadata/name', message };
      }
    }
  },
};
