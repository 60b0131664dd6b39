/** Divides an excess among the families: every packet is judged once, by the first family that takes it. */
import { firstFragments, mayHaveTail } from './amplification.ts';
import type { Family, Verdict } from './family.ts';
import type { Members, Scene } from './scene.ts';
import { samplesSignal, shareOf } from './signals.ts';
import { both, effectiveSamples, not, packetsPerSecond, partOf, trafficOf } from './traffic.ts';
import type { Condition, Seen, Traffic } from './traffic.ts';

export interface Vector {
  readonly family: Family;
  readonly verdict: Verdict;
  /** Packets of the family, trailing fragments included. */
  readonly members: Traffic;
}

/** Below this nothing is called an attack. */
const confidenceMin = 0.6;
/**
 * While one vector is beyond doubt, what else jumps at the same moment is most likely another one, also where it alone
 * would be doubtful, or too few samples were taken, as in the first window. Its confidence still says how sure it is,
 * and that decides whether it is answered. What was there before and only varies is none.
 */
const confidenceCertain = 0.8;
const timesQuietMin = 3;
const confidenceBeside = 0.4;
/** What is nearly named by itself may have come in addition to as much legitimate traffic. */
const confidenceNearly = 0.5;
const timesQuietNearly = 1.5;
const samplesFactorMin = 0.2;

/** A smaller part of the excess is no vector of its own: it is looked at again once the others are answered. */
const shareMin = 0.15;

/** The families that hold the excess, in the order in which they were asked. */
export function vectorsOf(scene: Scene, families: readonly Family[]): Vector[] {
  const judged = judge(scene, families).filter(({ members }) => shareOf(scene, members) >= shareMin);
  const isNamed = ({ verdict }: Vector): boolean => verdict.confidence >= confidenceMin;
  // The one that is named, or one of which too few samples were taken yet.
  const isCertain =
    judged.some(isNamed) &&
    judged.some(
      (one) =>
        withEnoughSamples(one) >= confidenceCertain && (isNamed(one) || one.timesQuiet >= timesQuietMin),
    );
  return judged.filter((one) => isNamed(one) || (isCertain && isBeside(one)));
}

const isBeside = (one: Judged): boolean =>
  (one.timesQuiet >= timesQuietMin && withEnoughSamples(one) >= confidenceBeside) ||
  (one.timesQuiet >= timesQuietNearly && withEnoughSamples(one) >= confidenceNearly);

/** What the confidence would be if there were enough samples. */
const withEnoughSamples = ({ verdict, members }: Vector): number =>
  verdict.confidence / Math.max(samplesFactorMin, samplesSignal(members).factor);

interface Judged extends Vector {
  /** How many times its rate is what it was in quiet times, at least: chance alone makes much of a few samples. */
  readonly timesQuiet: number;
}

function judge(scene: Scene, families: readonly Family[]): Judged[] {
  const judged: Judged[] = [];
  let { now: rest, unnamed } = scene;
  for (const family of families) {
    const members = membersOf(rest, scene.quiet, family);
    if (members.now.excess === 0) continue;
    const verdict = family.judge({ ...scene, unnamed }, members);
    const isNamed = verdict !== null && verdict.confidence >= confidenceMin;
    if (family.isJoint === true && !isNamed) continue;
    const all = trafficOf([...members.now.seen, ...members.tail.seen], members.now.scale);
    const timesQuiet =
      (leastShare(members.now) * packetsPerSecond(members.now)) /
      Math.max(1, packetsPerSecond(members.quiet));
    if (verdict !== null) judged.push({ family, verdict, members: all, timesQuiet });
    rest = withoutThese(rest, all);
    if (isNamed) unnamed = withoutThese(unnamed, members.now);
  }
  return judged;
}

/** Two and a half standard deviations of a Poisson count below what was seen, as a share of it (Anscombe, 1948). */
function leastShare({ seen }: Traffic): number {
  const count = effectiveSamples(seen);
  return count === 0 ? 0 : Math.max(0, Math.sqrt(count) - 1.25) ** 2 / count;
}

/** By packet: the same one may be weighed anew. */
function withoutThese(traffic: Traffic, { seen }: Traffic): Traffic {
  const taken = new Set(seen.map(({ packet }) => packet));
  return partOf(traffic, ({ packet }) => !taken.has(packet));
}

const isUdpTail: Condition = ({ kind, packet }) => kind === 'fragment' && packet.protocol === 17;

function membersOf(now: Traffic, quiet: Traffic, { isMember }: Family): Members {
  const none = { ...now, seen: [], weight: 0, excess: 0 };
  const found = partOf(now, isMember);
  if (found.weight === 0) return { now: found, quiet: none, tail: none };
  const before = partOf(quiet, isMember);
  const mine = isNew(found, before) ? withExcess(found, ({ weight }) => weight) : found;
  if (mine.excess === 0) return { now: mine, quiet: before, tail: none };
  return { now: mine, quiet: before, tail: tailOf(now, mine, isMember) ?? none };
}

/** Trailing fragments of UDP, in the proportion in which these packets are the first fragments that came. */
function tailOf(now: Traffic, mine: Traffic, isMember: Condition): Traffic | null {
  const first = firstFragments(mine);
  if (first === 0) return null;
  const tail = partOf(now, both(isUdpTail, not(isMember)));
  if (!mayHaveTail(mine, tail)) return null;
  return withExcess(evenly(tail, first / Math.max(first, firstFragments(now))), ({ weight }) => weight);
}

/** A part of the samples, spread evenly over all of them. */
const evenly = ({ seen, scale }: Traffic, part: number): Traffic =>
  trafficOf(
    seen.filter((_, index) => Math.floor((index + 1) * part) > Math.floor(index * part)),
    scale,
  );

/** Quiet traffic that has so little of a family explains none of it, whatever else of the same ports it has. */
const newShareMax = 0.02;

const isNew = (now: Traffic, quiet: Traffic): boolean =>
  packetsPerSecond(quiet) <= newShareMax * packetsPerSecond(now);

const withExcess = ({ seen, scale }: Traffic, excessOf: (seen: Seen) => number): Traffic =>
  trafficOf(
    seen.map((one) => ({ ...one, excess: excessOf(one) })),
    scale,
  );
