import type { PolicyRule } from './rule.ts';

/** Who is scrubbed is not blackholed: it would undo what is paid for. And what no step before asks for cannot fail. */
export const scrubFailed: PolicyRule = {
  id: 'scrub-failed',
  severity: 'error',
  *check({ playbooks }) {
    for (const document of playbooks) {
      const { steps } = document.spec;
      const firstScrub = steps.findIndex(({ scrub }) => scrub !== undefined);
      for (const [index, { drop, flowspec, scrub, rtbh }] of steps.entries()) {
        const isAfterScrub = firstScrub !== -1 && firstScrub < index;
        for (const [action, step] of Object.entries({ drop, flowspec, scrub, rtbh })) {
          const path = `/spec/steps/${index}/${action}/when`;
          if (step?.when?.scrub !== undefined && !isAfterScrub) {
            const message = 'No step before this one hands over to a scrubber: nothing of it could fail.';
            yield { document, path: `${path}/scrub`, message };
          }
          if (action !== 'rtbh' || step === undefined || !isAfterScrub || step.when?.scrub !== undefined)
            continue;
          const message =
            'A step before this one hands over to a scrubber, and what is scrubbed is not blackholed: say that it is only where scrubbing failed.';
          yield { document, path, message, suggestion: 'scrub: failed' };
        }
      }
    }
  },
};
