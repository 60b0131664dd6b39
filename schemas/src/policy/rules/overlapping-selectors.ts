import type { PolicyRule } from './rule.ts';

const sizeOf = (selector: Readonly<Record<string, string>>): number => Object.keys(selector).length;

/** Whether some node could have all the labels of both. */
const compatible = (
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean =>
  Object.entries(one).every(([label, value]) => !Object.hasOwn(other, label) || other[label] === value);

/** A node belongs to one group: of several that claim it, the one with the most labels. Two of the same size tie. */
export const overlappingSelectors: PolicyRule = {
  id: 'overlapping-selectors',
  severity: 'error',
  *check({ groups }) {
    for (const [index, group] of groups.entries()) {
      const { selector } = group.spec;
      const rival = groups
        .slice(0, index)
        .find(
          ({ spec }) => sizeOf(spec.selector) === sizeOf(selector) && compatible(spec.selector, selector),
        );
      // A second group of the same name is found by duplicate-name.
      if (rival === undefined || rival.name === group.name) continue;
      const message = `"${group.name}" and "${rival.name}" can claim the same node with equally many labels. Give one of them a label that tells them apart.`;
      yield { document: group, path: '/spec/selector', message };
    }
  },
};
