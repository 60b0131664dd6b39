import type { PolicyRule } from './rule.ts';
import { scrubSteps } from './scrub-steps.ts';
import { unknownNames } from './unknown-name.ts';

/** A step that names no scrubber could hand over nothing. */
export const unknownScrubber: PolicyRule = {
  id: 'unknown-scrubber',
  severity: 'error',
  *check(policy) {
    const names = policy.scrubbers.map(({ name }) => name);
    const references = [...scrubSteps(policy)].map(({ document, path, step }) => ({
      document,
      path: `${path}/scrubber`,
      name: step.scrubber,
    }));
    yield* unknownNames(policy, 'Scrubber', names, 'scrubbers', references);
  },
};
