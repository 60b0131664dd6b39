import type { ValidDocument } from '../document.ts';
import type { Policy } from '../policy.ts';

/** A step that hands over to a scrubber. */
export interface ScrubStep {
  readonly document: ValidDocument<'Playbook'>;
  /** JSON Pointer to the action. */
  readonly path: string;
  readonly step: NonNullable<ValidDocument<'Playbook'>['spec']['steps'][number]['scrub']>;
}

export function* scrubSteps({ playbooks }: Policy): Generator<ScrubStep> {
  for (const document of playbooks) {
    for (const [index, { scrub }] of document.spec.steps.entries())
      if (scrub !== undefined) yield { document, path: `/spec/steps/${index}/scrub`, step: scrub };
  }
}
