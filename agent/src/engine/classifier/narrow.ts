/** Finds the narrowest rule that still covers an attack. */
import type { TrafficMatch } from '@tidegate/schemas';
import { compileMatch } from '../packet/index.ts';
import { atomsOf, rangesOf, widthOf } from './ranges.ts';
import type { Range, Weighted } from './ranges.ts';
import { effectiveSamples, excessOf, partOf, weightOf } from './scene.ts';
import type { Condition, Scene, Seen, Traffic } from './scene.ts';

/** A number of the packet that a rule can name. */
interface Dimension {
  readonly key: 'sourcePorts' | 'destinationPorts' | 'packetLengths';
  readonly valueOf: (seen: Seen) => number | null;
  readonly limits: Range;
  /** Wider ranges tell the attack from nothing. */
  readonly widthMax: number;
  /** Values that lie closer than this are alike when quiet traffic is compared. */
  readonly binWidth: number;
}

const ports = { limits: { from: 0, to: 65_535 }, widthMax: 4096, binWidth: 1024 };
const dimensions: readonly Dimension[] = [
  {
    key: 'packetLengths',
    valueOf: ({ length }) => length,
    limits: { from: 20, to: 65_535 },
    widthMax: 370,
    binWidth: 24,
  },
  { key: 'sourcePorts', valueOf: ({ packet }) => packet.sourcePort, ...ports },
  { key: 'destinationPorts', valueOf: ({ packet }) => packet.destinationPort, ...ports },
];

/** Share of the attack's packets that a rule must cover. */
const coverageMin = 0.95;
/** By how much a small sample may seem to fall short of it. */
const doubtMax = 0.05;

export interface Narrowed {
  readonly match: TrafficMatch;
  readonly hits: Condition;
}

/**
 * Adds lengths and ports to a rule, the most telling first, as long as it covers the attack.
 *
 * @param base What the family says already; conditions that it names are left as they are.
 * @param isFamily Packets that may be of the attack.
 */
export function narrow(scene: Scene, base: TrafficMatch, isFamily: Condition): Narrowed {
  let chosen = narrowed(base);
  let open = dimensions.filter(({ key }) => base[key] === undefined);
  for (;;) {
    const { match, hits } = chosen;
    const offers = open.flatMap((dimension) => offersOf(scene, dimension, both(isFamily, hits)));
    const [best] = offers
      .sort((a, b) => a.selectivity - b.selectivity)
      .map(({ key, ranges }) => ({ key, next: narrowed({ ...match, [key]: ranges }) }))
      .filter(({ next }) => covers(scene, isFamily, next.hits));
    if (best === undefined) return chosen;
    chosen = best.next;
    open = open.filter(({ key }) => key !== best.key);
  }
}

const both =
  (one: Condition, other: Condition): Condition =>
  (seen) =>
    one(seen) && other(seen);

function narrowed(match: TrafficMatch): Narrowed {
  const matcher = compileMatch(match);
  return { match, hits: ({ packet, length }) => matcher(packet, length) };
}

/** Whether a rule covers as much of the attack as it must, as far as so many samples can tell. */
function covers(scene: Scene, isFamily: Condition, hits: Condition): boolean {
  const all = excessOf(scene, isFamily);
  if (all === 0) return false;
  const coverage = Math.min(1, excessOf(scene, both(isFamily, hits)) / all);
  const count = effectiveSamples(scene.now.seen.filter(isFamily));
  const standardError = Math.sqrt((coverage * (1 - coverage)) / count);
  return coverage + Math.min(doubtMax, 2 * standardError) >= coverageMin;
}

interface Offer {
  readonly key: Dimension['key'];
  readonly ranges: Range[];
  /** How wide the ranges are in relation to what is telling: less is better. */
  readonly selectivity: number;
}

/** Share of packets without ports, trailing fragments, that a condition on ports may leave out. */
const withoutValueMax = 0.02;
/** Ranges that are wide are taken all the same where so little of the family's quiet traffic lies in them. */
const quietShareMax = 0.005;

function offersOf(scene: Scene, dimension: Dimension, condition: Condition): Offer[] {
  const quiet = partOf(scene.quiet, condition);
  const unexplained = unexplainedBy(quiet, partOf(scene.now, condition), dimension);
  const values = unexplained.flatMap((seen): Weighted[] => {
    const value = dimension.valueOf(seen);
    return value === null ? [] : [{ value, weight: seen.weight }];
  });
  if (weightOf(unexplained) * (1 - withoutValueMax) > values.reduce((sum, { weight }) => sum + weight, 0))
    return [];
  return [...atomsOf(values), rangesOf(values, dimension.limits)].flatMap((ranges): Offer[] => {
    const selectivity = widthOf(ranges) / dimension.widthMax;
    const isTelling =
      selectivity <= 1 || (quiet.seen.length > 0 && shareIn(quiet, dimension, ranges) <= quietShareMax);
    return ranges.length > 0 && isTelling ? [{ key: dimension.key, ranges, selectivity }] : [];
  });
}

function shareIn(traffic: Traffic, { valueOf }: Dimension, ranges: readonly Range[]): number {
  const lies = (value: number): boolean => ranges.some(({ from, to }) => value >= from && value <= to);
  return weightOf(traffic.seen.filter((seen) => lies(valueOf(seen) ?? -1))) / traffic.weight;
}

/** Packets of which quiet traffic explains less than half: the rest are as likely legitimate as not. */
function unexplainedBy(quiet: Traffic, now: Traffic, { valueOf, binWidth }: Dimension): Seen[] {
  const binOf = (seen: Seen): number => Math.floor((valueOf(seen) ?? -1) / binWidth);
  const rates = (traffic: Traffic): Map<number, number> => {
    const bins = new Map<number, number>();
    const each = traffic.weight === 0 ? 0 : traffic.packetsPerSecond / traffic.weight;
    for (const seen of traffic.seen) bins.set(binOf(seen), (bins.get(binOf(seen)) ?? 0) + seen.weight * each);
    return bins;
  };
  const usual = rates(quiet);
  const present = rates(now);
  return now.seen.filter((seen) => (usual.get(binOf(seen)) ?? 0) < (present.get(binOf(seen)) ?? 0) / 2);
}
