/** Finds the narrowest rule that still covers an attack. */
import type { TrafficMatch } from '@tidegate/schemas';
import { compileMatch } from '../packet/index.ts';
import { rangesOf, widthOf } from './ranges.ts';
import type { Range, Weighted } from './ranges.ts';
import { excessOf, partOf, weightOf } from './scene.ts';
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

export interface Narrowed {
  readonly match: TrafficMatch;
  readonly hits: Condition;
  /** Share of the attack's packets that the rule covers, 0 to 1. */
  readonly coverage: number;
}

/**
 * Adds lengths and ports to a rule, the most telling first, as long as it covers the attack.
 *
 * @param base What the family says already; conditions that it names are left as they are.
 * @param isFamily Packets that may be of the attack.
 */
export function narrow(scene: Scene, base: TrafficMatch, isFamily: Condition): Narrowed {
  let chosen = judged(scene, base, isFamily);
  let candidates = dimensions.filter(({ key }) => base[key] === undefined);
  while (candidates.length > 0) {
    const offers = candidates.flatMap((dimension) => offerOf(scene, dimension, both(isFamily, chosen.hits)));
    const [best] = offers.sort((a, b) => a.selectivity - b.selectivity);
    if (best === undefined) break;
    candidates = candidates.filter(({ key }) => key !== best.key);
    const next = judged(scene, { ...chosen.match, [best.key]: best.ranges }, isFamily);
    if (next.coverage >= coverageMin) chosen = next;
  }
  return chosen;
}

const both =
  (one: Condition, other: Condition): Condition =>
  (seen) =>
    one(seen) && other(seen);

function judged(scene: Scene, match: TrafficMatch, isFamily: Condition): Narrowed {
  const matcher = compileMatch(match);
  const hits: Condition = ({ packet, length }) => matcher(packet, length);
  const all = excessOf(scene, isFamily);
  return { match, hits, coverage: all === 0 ? 0 : Math.min(1, excessOf(scene, both(isFamily, hits)) / all) };
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

function offerOf(scene: Scene, dimension: Dimension, condition: Condition): Offer[] {
  const quiet = partOf(scene.quiet, condition);
  const unexplained = unexplainedBy(quiet, partOf(scene.now, condition), dimension);
  const values = unexplained.flatMap((seen): Weighted[] => {
    const value = dimension.valueOf(seen);
    return value === null ? [] : [{ value, weight: seen.weight }];
  });
  if (weightOf(unexplained) * (1 - withoutValueMax) > values.reduce((sum, { weight }) => sum + weight, 0))
    return [];
  const ranges = rangesOf(values, dimension.limits);
  const width = widthOf(ranges);
  const selectivity = width / dimension.widthMax;
  const isTelling =
    selectivity <= 1 || (quiet.seen.length > 0 && shareIn(quiet, dimension, ranges) <= quietShareMax);
  return width > 0 && isTelling ? [{ key: dimension.key, ranges, selectivity }] : [];
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
