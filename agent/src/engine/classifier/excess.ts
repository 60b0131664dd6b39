/**
 * How much of each sampled packet is excess: what quiet traffic of the same kind, ports and length does not explain.
 *
 * Kinds and ports are compared as they are, lengths in bins that quiet traffic fills evenly, so that a bin without quiet
 * packets means something; lengths that stand out now are compared each for itself.
 */
import type { Kind } from './kinds.ts';
import { weightOf } from './traffic.ts';
import type { FreshSeen, Seen, Traffic } from './traffic.ts';

/** Legitimate traffic is never quite the same twice: so much more of a kind is still the same traffic. */
const growth = 1.3;
/** A port with this share of either traffic is compared by itself; clients' ports are not. */
const heavyPortShare = 0.03;
/** Fewer quiet samples say nothing of ports of their own. */
const groupSamplesMin = 8;
const binsMax = 8;
/** A length with this share of its group stands out. */
const atomShareMin = 0.1;
const atomSamplesMin = 3;

interface Cells {
  /** Index of the cell that a length lies in. */
  readonly cellOf: (length: number) => number;
  readonly count: number;
}

interface Group {
  readonly now: FreshSeen[];
  readonly quiet: Seen[];
}

/** Fills in the excess of each packet, which is all of its weight so far. */
export function markExcess(seen: readonly FreshSeen[], scale: number, quiet: Traffic): void {
  if (quiet.seen.length === 0 || quiet.scale === 0 || scale === 0) return;
  for (const group of groupsOf(seen, quiet.seen)) markGroup(group, scale, quiet.scale);
}

function groupsOf(now: readonly FreshSeen[], quiet: readonly Seen[]): Group[] {
  const [sources, destinations] = (['sourcePort', 'destinationPort'] as const).map((key) => {
    const portOf = ({ packet }: Seen): number | null => packet[key];
    return new Set([...heavyPorts(now, portOf), ...heavyPorts(quiet, portOf)]);
  });
  const groups = new Map<number, Group & { readonly kind: Kind }>();
  const nameOf = ({ packet }: Seen, kind: number): number => {
    const source = packet.sourcePort !== null && sources!.has(packet.sourcePort) ? packet.sourcePort + 1 : 0;
    const port = packet.destinationPort;
    const destination = port !== null && destinations!.has(port) ? port + 1 : 0;
    return (kind * 65_537 + source) * 65_537 + destination;
  };
  const kinds = new Map<Kind, number>();
  const groupOf = (seen: Seen): Group => {
    let kind = kinds.get(seen.kind);
    if (kind === undefined) kinds.set(seen.kind, (kind = kinds.size));
    const name = nameOf(seen, kind);
    let group = groups.get(name);
    if (group === undefined) groups.set(name, (group = { kind: seen.kind, now: [], quiet: [] }));
    return group;
  };
  for (const seen of now) groupOf(seen).now.push(seen);
  for (const seen of quiet) groupOf(seen).quiet.push(seen);
  return joinSmall([...groups.values()]);
}

/** Groups with few quiet samples are compared together; those without any have nothing to be compared with. */
function joinSmall(groups: readonly (Group & { readonly kind: Kind })[]): Group[] {
  const joined = new Map<Kind, Group>();
  return groups
    .flatMap((group): Group[] => {
      if (group.quiet.length === 0 || group.quiet.length >= groupSamplesMin) return [group];
      let rest = joined.get(group.kind);
      if (rest === undefined) joined.set(group.kind, (rest = { now: [], quiet: [] }));
      rest.now.push(...group.now);
      rest.quiet.push(...group.quiet);
      return [];
    })
    .concat([...joined.values()]);
}

function heavyPorts(seen: readonly Seen[], portOf: (seen: Seen) => number | null): number[] {
  const weights = new Map<number, number>();
  let total = 0;
  for (const one of seen) {
    const port = portOf(one);
    total += one.weight;
    if (port !== null) weights.set(port, (weights.get(port) ?? 0) + one.weight);
  }
  return [...weights].filter(([, weight]) => weight >= heavyPortShare * total).map(([port]) => port);
}

function markGroup({ now, quiet }: Group, scale: number, quietScale: number): void {
  if (quiet.length === 0 || now.length === 0) return;
  if (isUsual(now, weightOf(quiet) * (quietScale / scale))) {
    for (const one of now) one.excess = 0;
    return;
  }
  const { cellOf, count } = cellsOf(now, quiet);
  const present = new Float64Array(count);
  const usual = new Float64Array(count);
  for (const { length, weight } of now) present[cellOf(length)]! += weight * scale;
  for (const { length, weight } of quiet) usual[cellOf(length)]! += weight * quietScale;
  for (const one of now) {
    const cell = cellOf(one.length);
    one.excess = one.weight * Math.max(0, 1 - (growth * usual[cell]!) / present[cell]!);
  }
}

/** Standard deviations of a number of samples that chance explains (Poisson). */
const chanceDeviations = 2;

/** Whether as many samples as these are what is usual, or could be by chance. */
function isUsual(now: readonly Seen[], usualWeight: number): boolean {
  const expected = (growth * usualWeight * now.length) / weightOf(now);
  return now.length <= expected + chanceDeviations * Math.sqrt(expected);
}

function cellsOf(now: readonly Seen[], quiet: readonly Seen[]): Cells {
  const atoms = atomLengths(now);
  const lengths = quiet.map(({ length }) => length).filter((length) => !atoms.has(length));
  lengths.sort((a, b) => a - b);
  const bins = Math.max(1, Math.min(binsMax, Math.floor(lengths.length / groupSamplesMin)));
  const bounds = Array.from(
    { length: bins - 1 },
    (_, index) => lengths[Math.floor(((index + 1) * lengths.length) / bins)]!,
  );
  const atomCells = new Map([...atoms].map((length, index) => [length, bins + index]));
  const cellOf = (length: number): number => {
    const atom = atomCells.get(length);
    if (atom !== undefined) return atom;
    let bin = 0;
    while (bin < bounds.length && length >= bounds[bin]!) bin++;
    return bin;
  };
  return { cellOf, count: bins + atoms.size };
}

function atomLengths(now: readonly Seen[]): Set<number> {
  const found = new Map<number, { weight: number; samples: number }>();
  let total = 0;
  for (const { length, weight } of now) {
    total += weight;
    const one = found.get(length);
    if (one === undefined) found.set(length, { weight, samples: 1 });
    else {
      one.weight += weight;
      one.samples += 1;
    }
  }
  const heavy = [...found].filter(
    ([, { weight, samples }]) => samples >= atomSamplesMin && weight >= atomShareMin * total,
  );
  return new Set(heavy.map(([length]) => length));
}
