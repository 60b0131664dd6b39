import { cidrCovers } from '../../net/cidr.ts';
import type { ValidDocument } from '../document.ts';
import type { Policy } from '../policy.ts';
import { groupsOf } from './announcements.ts';
import type { RuleFinding } from './rule.ts';

/** A step of a playbook that acts through a document with bounds of its own. */
interface BoundStep {
  readonly document: ValidDocument<'Playbook'>;
  /** JSON Pointer to where the step names that document. */
  readonly path: string;
  readonly through: ValidDocument<'FlowSpecPolicy'> | ValidDocument<'Scrubber'>;
}

/** A group that the document does not let through, or that has nothing it owns, would be refused in the attack. */
export function* groupsOutOfReach(
  policy: Policy,
  { document, path, through }: BoundStep,
): Generator<RuleFinding> {
  const { kind, name } = through;
  const { groups, owned } = through.spec;
  for (const group of groupsOf(policy, document)) {
    if (groups !== undefined && !groups.includes(group.name)) {
      const message = `The ${kind} "${name}" is not for the group "${group.name}", and this playbook is: add the group to its groups, or leave it out of those of the playbook.`;
      yield { document, path, message };
    } else if (!group.spec.protect.some((prefix) => owned.some((outer) => cidrCovers(outer, prefix)))) {
      const message = `Nothing that the group "${group.name}" protects lies in the owned prefixes of the ${kind} "${name}": ${owned.join(', ')}.`;
      yield { document, path, message };
    }
  }
}
