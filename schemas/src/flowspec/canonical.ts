/** One form for all rules that mean the same: ranges sorted and joined, bit tests sorted, each once. */
import { parseCidr } from '../net/cidr.ts';
import { components } from './components.ts';
import type { BitTerm, FlowspecMatch, NumberRange } from './rule.ts';

/** Throws TG1007 where an address is no prefix; everything else is taken as it is. */
export function canonicalMatch(match: FlowspecMatch): FlowspecMatch {
  const { family, destination, source } = match;
  const canonical: Record<string, unknown> = { family, destination: parseCidr(destination).text };
  if (source !== undefined) canonical['source'] = parseCidr(source).text;
  for (const component of components) {
    const written = match[component.name];
    if (written === undefined) continue;
    canonical[component.name] =
      component.kind === 'numbers' ? joined(written as NumberRange[]) : sorted(written as BitTerm[]);
  }
  return canonical as unknown as FlowspecMatch;
}

/** Ranges in order, those that touch made one. */
function joined(ranges: readonly NumberRange[]): NumberRange[] {
  const all: { from: number; to: number }[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = all.at(-1);
    if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to);
    // -0 is 0.
    else all.push({ from: from + 0, to: to + 0 });
  }
  return all;
}

function sorted(terms: readonly BitTerm[]): BitTerm[] {
  const unique = new Map(terms.map(({ mask, value }) => [mask * 256 + value, { mask, value: value + 0 }]));
  return [...unique].sort(([a], [b]) => a - b).map(([, term]) => term);
}
