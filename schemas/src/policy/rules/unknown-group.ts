import type { Policy } from '../policy.ts';
import type { PolicyRule } from './rule.ts';
import { unknownNames } from './unknown-name.ts';
import type { Reference } from './unknown-name.ts';

/** A reference to a group that is not there would silently do nothing. */
export const unknownGroup: PolicyRule = {
  id: 'unknown-group',
  severity: 'error',
  *check(policy) {
    const names = policy.groups.map(({ name }) => name);
    yield* unknownNames(policy, 'NodeGroup', names, 'groups', references(policy));
  },
};

function* references(policy: Policy): Generator<Reference> {
  const { thresholds, playbooks, feeds, profiles, flowspecs, scrubbers } = policy;
  for (const document of [...thresholds, ...playbooks, ...feeds, ...profiles, ...flowspecs, ...scrubbers]) {
    for (const [index, name] of (document.spec.groups ?? []).entries()) {
      yield { document, path: `/spec/groups/${index}`, name };
    }
  }
  for (const document of policy.tests)
    yield { document, path: '/spec/given/group', name: document.spec.given.group };
}
