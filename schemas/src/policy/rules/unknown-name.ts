import { nearest } from '../../validate/nearest.ts';
import type { PolicyDocument } from '../document.ts';
import type { Policy } from '../policy.ts';
import type { RuleFinding } from './rule.ts';

/** A name that another document is referred to by. */
export interface Reference {
  readonly document: PolicyDocument;
  readonly path: string;
  readonly name: string;
}

/** References that lead nowhere, each with the names that there are. `plural` is what they are called together. */
export function* unknownNames(
  policy: Policy,
  kind: 'FlowSpecPolicy' | 'NodeGroup' | 'NotificationChannel' | 'Scrubber',
  names: readonly string[],
  plural: string,
  references: Iterable<Reference>,
): Generator<RuleFinding> {
  for (const { document, path, name } of references) {
    if (names.includes(name) || policy.mayHave(kind, name)) continue;
    const known = names.length === 0 ? 'There is none.' : `Known ${plural}: ${names.join(', ')}.`;
    const message = `There is no ${kind} called "${name}". ${known}`;
    yield { document, path, message, suggestion: nearest(name, names) };
  }
}
