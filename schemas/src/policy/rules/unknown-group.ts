import { nearest } from '../../validate/nearest.ts';
import type { PolicyDocument } from '../document.ts';
import type { Policy } from '../policy.ts';
import type { PolicyRule } from './rule.ts';

interface Reference {
  readonly document: PolicyDocument;
  readonly path: string;
  readonly group: string;
}

/** A reference to a group that is not there would silently do nothing. */
export const unknownGroup: PolicyRule = {
  id: 'unknown-group',
  severity: 'error',
  *check(policy) {
    const names = policy.groups.map(({ name }) => name);
    for (const { document, path, group } of references(policy)) {
      if (names.includes(group) || policy.mayHave('NodeGroup', group)) continue;
      const known = names.length === 0 ? 'There is none.' : `Known groups: ${names.join(', ')}.`;
      const message = `There is no NodeGroup called "${group}". ${known}`;
      yield { document, path, message, suggestion: nearest(group, names) };
    }
  },
};

function* references(policy: Policy): Generator<Reference> {
  for (const document of [...policy.thresholds, ...policy.playbooks, ...policy.feeds, ...policy.profiles]) {
    for (const [index, group] of (document.spec.groups ?? []).entries()) {
      yield { document, path: `/spec/groups/${index}`, group };
    }
  }
  for (const document of policy.tests)
    yield { document, path: '/spec/given/group', group: document.spec.given.group };
}
