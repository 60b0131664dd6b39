import type { Policy } from '../policy.ts';
import type { PolicyRule } from './rule.ts';
import { unknownNames } from './unknown-name.ts';
import type { Reference } from './unknown-name.ts';

/** Nobody would hear of an incident. */
export const unknownChannel: PolicyRule = {
  id: 'unknown-channel',
  severity: 'error',
  *check(policy) {
    const names = policy.channels.map(({ name }) => name);
    yield* unknownNames(policy, 'NotificationChannel', names, 'channels', references(policy));
  },
};

function* references(policy: Policy): Generator<Reference> {
  for (const document of [...policy.groups, ...policy.playbooks]) {
    for (const [index, name] of (document.spec.notify ?? []).entries()) {
      yield { document, path: `/spec/notify/${index}`, name };
    }
  }
}
