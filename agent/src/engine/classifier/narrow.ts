/**
 * Finds the narrowest rule that still covers an attack.
 *
 * Lengths, ports and flags come first: every backend can say them. Hop limits, payloads and sources are added only where
 * without them a rule would take too much of quiet traffic.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import { compileMatch } from '../packet/index.ts';
import { isSparing } from './collateral/share.ts';
import { payloadSignatures } from './payload-signature.ts';
import { atomsOf, rangesOf, widthOf } from './ranges.ts';
import type { Range, Weighted } from './ranges.ts';
import type { Scene } from './scene.ts';
import { effectiveSamples, excessOf, not, packetsPerSecond, partOf, weightOf } from './traffic.ts';
import type { Condition, Seen, Traffic } from './traffic.ts';

/** Number of the packet that a rule can name, in ranges. */
interface Dimension {
  readonly key: 'sourcePorts' | 'destinationPorts' | 'packetLengths';
  readonly valueOf: (seen: Seen) => number | null;
  readonly limits: Range;
  /** Wider ranges tell the attack from nothing. */
  readonly widthMax: number;
}

const ports = { limits: { from: 0, to: 65_535 }, widthMax: 4096 };
const dimensions: readonly Dimension[] = [
  { key: 'packetLengths', valueOf: ({ length }) => length, limits: { from: 20, to: 65_535 }, widthMax: 370 },
  { key: 'sourcePorts', valueOf: ({ packet }) => packet.sourcePort, ...ports },
  { key: 'destinationPorts', valueOf: ({ packet }) => packet.destinationPort, ...ports },
];

/** Share of the attack's packets that a rule must cover, where it takes a narrower one to spare quiet traffic. */
const coverageMin = 0.97;
/** What a rule must cover that is narrower than it has to be. */
const coverageMinSpared = 0.985;
/** By how much a small sample may seem to fall short of it. */
const doubtMax = 0.03;
/**
 * Without quiet traffic nobody knows how much of a kind was there before, so that the attack may be a part of it: what
 * is alike must be most of it.
 */
const coverageMinUnknown = 0.6;
/** Ranges of all conditions multiply into rules of the kernel; this is what one rule of ours may become. */
const combinationsMax = 8;

export interface Narrowed {
  readonly match: TrafficMatch;
  readonly hits: Condition;
}

interface NarrowOptions {
  /** What the family says already; conditions that it names are left as they are. */
  readonly base: TrafficMatch;
  /** The packets that may be of the attack, now and in quiet times. */
  readonly now: Traffic;
  readonly quiet: Traffic;
  /** Whether the base alone is no answer, however much it spares. @default false */
  readonly isBaseTooWide?: boolean;
}

/** Adds conditions to a rule, the most telling first, as long as it covers the attack. */
export function narrow(scene: Scene, options: NarrowOptions): Narrowed {
  const attack = partOf(options.now, ({ excess, weight }) => excess >= weight / 2);
  const task: Task = { ...options, attack, coverage: coverageOf(scene, options.now) };
  const portable = narrowByRanges(scene, task);
  return isSparing(scene.quiet.seen, portable.hits) ? portable : narrowByContent(scene, task, portable);
}

interface Task extends NarrowOptions {
  /** Packets that quiet traffic explains less than half: the rest are as likely legitimate as not. */
  readonly attack: Traffic;
  readonly coverage: { readonly min: number; readonly doubt: number };
}

function coverageOf({ quiet }: Scene, now: Traffic): Task['coverage'] {
  const min = quiet.seen.length === 0 ? coverageMinUnknown : coverageMin;
  const standardError = Math.sqrt((min * (1 - min)) / Math.max(1, effectiveSamples(now.seen)));
  return { min, doubt: Math.min(doubtMax, 2 * standardError) };
}

/** Share of the excess that a rule hits. */
const coverageBy = ({ now }: Task, hits: Condition): number =>
  now.excess === 0 ? 0 : excessOf(now.seen.filter(hits)) / now.excess;

const covers = (task: Task, hits: Condition): boolean =>
  coverageBy(task, hits) + task.coverage.doubt >= task.coverage.min;

/** What a rule leaves may be no more than so many times what is usual there. */
const restMax = 1.5;
/** A rule that leaves only what is usual must still hit so much of what seems to be excess. */
const coverageMinOfMost = 0.6;

/**
 * Whether a rule leaves no more than is usual beside the attack: legitimate traffic that rises by chance seems to be
 * excess, and no rule for the attack covers it.
 */
function leavesTheUsual(task: Task, hits: Condition): boolean {
  if (task.quiet.seen.length === 0 || coverageBy(task, hits) < coverageMinOfMost) return false;
  const left = partOf(task.now, not(hits));
  const usual = packetsPerSecond(partOf(task.quiet, not(hits)));
  const chance = 1 + 2 / Math.sqrt(Math.max(1, left.seen.length));
  return packetsPerSecond(left) <= usual * restMax * chance;
}

export function narrowed(match: TrafficMatch): Narrowed {
  const matcher = compileMatch(match);
  return { match, hits: ({ packet, length }) => matcher(packet, length) };
}

interface Offer {
  readonly patch: Partial<TrafficMatch>;
  /** How wide it is in relation to what is telling: less is better. */
  readonly selectivity: number;
}

function narrowByRanges({ quiet: before }: Scene, task: Task): Narrowed {
  let chosen = narrowed(task.base);
  let open = dimensions.filter(({ key }) => task.base[key] === undefined);
  for (;;) {
    const { match, hits } = chosen;
    const attack = partOf(task.attack, hits);
    const quiet = partOf(task.quiet, hits);
    const isSpared = before.seen.length > 0 && task.isBaseTooWide !== true && isSparing(before.seen, hits);
    const tests: ((next: Condition) => boolean)[] = isSpared
      ? [(next) => coverageBy(task, next) >= coverageMinSpared]
      : [(next) => covers(task, next), (next) => leavesTheUsual(task, next)];
    const offers = open.flatMap((dimension) =>
      offersOf(dimension, attack, quiet).map((offer) => ({ ...offer, key: dimension.key })),
    );
    const candidates = offers
      .sort((a, b) => a.selectivity - b.selectivity)
      .map(({ key, patch }) => ({ key, next: { ...match, ...patch } }))
      .filter(({ next }) => combinations(next) <= combinationsMax)
      .map(({ key, next }) => ({ key, next: narrowed(next) }));
    const best = firstOf(tests, (test) => candidates.find(({ next }) => test(next.hits)));
    if (best === undefined) return chosen;
    chosen = best.next;
    open = open.filter(({ key }) => key !== best.key);
  }
}

function firstOf<Item, Found>(
  items: readonly Item[],
  find: (item: Item) => Found | undefined,
): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const combinations = (match: TrafficMatch): number =>
  dimensions.reduce((product, { key }) => product * (match[key]?.length ?? 1), 1);

/** Share of packets without ports, trailing fragments, that a condition on ports may leave out. */
const withoutValueMax = 0.02;
/** Ranges that are wide are taken all the same where so little of the family's quiet traffic lies in them. */
const quietShareMax = 0.005;

function offersOf({ key, valueOf, limits, widthMax }: Dimension, attack: Traffic, quiet: Traffic): Offer[] {
  const values = attack.seen.flatMap((seen): Weighted[] => {
    const value = valueOf(seen);
    return value === null ? [] : [{ value, weight: seen.excess }];
  });
  if (attack.excess * (1 - withoutValueMax) > values.reduce((sum, { weight }) => sum + weight, 0)) return [];
  return [...atomsOf(values), rangesOf(values, limits)].flatMap((ranges): Offer[] => {
    const selectivity = widthOf(ranges) / widthMax;
    const isTelling =
      selectivity <= 1 || (quiet.seen.length > 0 && shareIn(quiet, valueOf, ranges) <= quietShareMax);
    return ranges.length > 0 && isTelling ? [{ patch: { [key]: ranges }, selectivity }] : [];
  });
}

function shareIn(traffic: Traffic, valueOf: Dimension['valueOf'], ranges: readonly Range[]): number {
  const lies = (value: number): boolean => ranges.some(({ from, to }) => value >= from && value <= to);
  return weightOf(traffic.seen.filter((seen) => lies(valueOf(seen) ?? -1))) / traffic.weight;
}

/** Machines that send in others' names leave one time to live, or a few next to each other where paths differ. */
const hopLimitsWidthMax = 4;

/** Adds what only some backends can say, whatever spares quiet traffic most, until it is spared or nothing is left. */
function narrowByContent(scene: Scene, task: Task, from: Narrowed): Narrowed {
  let chosen = from;
  const hitBy = ({ hits }: Narrowed): number => weightOf(scene.quiet.seen.filter(hits));
  while (!isSparing(scene.quiet.seen, chosen.hits)) {
    const { match, hits } = chosen;
    const attack = partOf(task.attack, hits);
    const quiet = partOf(scene.quiet, hits);
    const best = contentOffers(match, attack, quiet)
      .map((patch) => narrowed({ ...match, ...patch }))
      .filter((next) => covers(task, next.hits) || leavesTheUsual(task, next.hits))
      .sort((a, b) => hitBy(a) - hitBy(b))[0];
    if (best === undefined || hitBy(best) >= hitBy(chosen)) return chosen;
    chosen = best;
  }
  return chosen;
}

function contentOffers(match: TrafficMatch, attack: Traffic, quiet: Traffic): Partial<TrafficMatch>[] {
  const offers: Partial<TrafficMatch>[] = [];
  if (match.hopLimits === undefined) {
    const values = attack.seen.map(({ packet, excess }) => ({ value: packet.ttl, weight: excess }));
    const [range, ...others] = rangesOf(values, { from: 0, to: 255 });
    const atoms = atomsOf(values).filter(({ length }) => length === 1);
    if (range !== undefined && others.length === 0 && widthOf([range]) <= hopLimitsWidthMax)
      offers.push({ hopLimits: range });
    for (const [atom] of atoms) offers.push({ hopLimits: atom! });
  }
  const hasPayload = match.protocol === 6 || match.protocol === 17;
  if (match.payload === undefined && hasPayload && match.fragment !== true)
    offers.push(...payloadSignatures(attack, quiet).map((payload) => ({ payload })));
  return offers;
}
