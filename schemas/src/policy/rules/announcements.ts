import type { ValidDocument } from '../document.ts';
import type { Policy } from '../policy.ts';

type Step = ValidDocument<'Playbook'>['spec']['steps'][number];

/** A step that announces something. */
export interface Announcement {
  readonly document: ValidDocument<'Playbook'>;
  readonly kind: 'flowspec' | 'rtbh';
  /** JSON Pointer to the action. */
  readonly path: string;
  readonly step: NonNullable<Step['flowspec'] | Step['rtbh']>;
  readonly index: number;
}

export function* announcements({ playbooks }: Policy): Generator<Announcement> {
  for (const document of playbooks) {
    for (const [index, { flowspec, rtbh }] of document.spec.steps.entries()) {
      const path = `/spec/steps/${index}`;
      if (flowspec !== undefined)
        yield { document, kind: 'flowspec', path: `${path}/flowspec`, step: flowspec, index };
      if (rtbh !== undefined) yield { document, kind: 'rtbh', path: `${path}/rtbh`, step: rtbh, index };
    }
  }
}

/** Groups that a playbook is for. */
export const groupsOf = (
  { groups }: Policy,
  { spec }: ValidDocument<'Playbook'>,
): readonly ValidDocument<'NodeGroup'>[] =>
  groups.filter(({ name }) => spec.groups === undefined || spec.groups.includes(name));
