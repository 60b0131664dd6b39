import type { Policy } from '../policy.ts';
import type { PolicyRule } from './rule.ts';
import { unknownNames } from './unknown-name.ts';
import type { Reference } from './unknown-name.ts';
import { announcements } from './announcements.ts';

/** A step that names no policy could announce nothing. */
export const unknownFlowspecPolicy: PolicyRule = {
  id: 'unknown-flowspec-policy',
  severity: 'error',
  *check(policy) {
    const names = policy.flowspecs.map(({ name }) => name);
    yield* unknownNames(policy, 'FlowSpecPolicy', names, 'policies', references(policy));
  },
};

function* references(policy: Policy): Generator<Reference> {
  for (const { document, path, step } of announcements(policy))
    yield { document, path: `${path}/policy`, name: step.policy };
}
