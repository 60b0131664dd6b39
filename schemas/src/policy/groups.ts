/** Which node belongs to which group. */
import type { PolicyDocument } from './document.ts';
import { Policy } from './policy.ts';

/** The names of all node groups, sorted. */
export const nodeGroupsOf = (documents: readonly PolicyDocument[]): string[] =>
  new Policy(documents).groups.map(({ name }) => name);

/**
 * The name of the group that a node with these labels belongs to, or null where none claims it. Of several, the one
 * whose selector has the most labels; of those, the first by name (`checkPolicy` calls such a tie an error).
 */
export function groupFor(
  documents: readonly PolicyDocument[],
  labels: Readonly<Record<string, string>>,
): string | null {
  const claims = new Policy(documents).groups
    .map(({ name, spec }) => ({ name, wanted: Object.entries(spec.selector) }))
    .filter(({ wanted }) =>
      wanted.every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value),
    )
    .sort((a, b) => b.wanted.length - a.wanted.length);
  return claims[0]?.name ?? null;
}
