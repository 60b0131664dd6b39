/**
 * Classifier: names what exceeds a limit, and finds the narrowest rule that covers it.
 *
 * Promises: volume alone never names an attack; a rule covers at least 95 % of what it is for, and its collateral is
 * measured on traffic from before; where nothing separates the attack from real users there is no rule, and a reason.
 * One family is one file and one line in the registry. Packets are judged once: each belongs to the first family that
 * takes it, and only what quiet traffic does not explain counts.
 */
import type { Matcher } from '../packet/index.ts';
import { countPacket } from '../packet/index.ts';
import { counter, counterNames } from '../types.ts';
import type { Attack, CounterName, Deviation, TargetWindow } from '../types.ts';
import { mayHaveTail } from './amplification.ts';
import { carpetOf } from './carpet.ts';
import type { Carpet } from './carpet.ts';
import { collateralOf } from './collateral/share.ts';
import { families } from './families/index.ts';
import { profileFamily } from './families/profile.ts';
import type { Signature } from './families/profile.ts';
import type { Family, Verdict } from './family.ts';
import { rateOf, sceneOf, without } from './scene.ts';
import type { Members, Scene } from './scene.ts';
import { percent, shareOf } from './signals.ts';
import { both, not, packetsPerSecond, partOf, trafficOf } from './traffic.ts';
import type { Condition, Seen, Traffic } from './traffic.ts';

export type { Signature } from './families/profile.ts';
export { predict } from './collateral/index.ts';
export type { BackendPrediction, CollateralBackend, CollateralReport } from './collateral/index.ts';

/** Below this nothing is called an attack. */
const confidenceMin = 0.6;
/** Legitimate traffic is never quite the same twice. */
const remainderMargin = 1.2;
/** Vectors that are named in one go. */
const attacksMax = 4;
/** A smaller part of the excess is no vector of its own: it is looked at again once the others are answered. */
const vectorShareMin = 0.15;

interface Named {
  readonly family: Family;
  readonly verdict: Verdict;
  /** Packets of the family, trailing fragments included. */
  readonly members: Traffic;
}

/**
 * What is going on at a target, the largest part first; empty where nothing can be named, or where rules in force already
 * hit all but what is below the limit.
 *
 * @param handled Rules in force for this target.
 * @param signatures Those of the policy, asked first.
 */
export function classify(
  window: TargetWindow,
  deviation: Deviation,
  handled: readonly Matcher[] = [],
  signatures: readonly Signature[] = [],
): Attack[] {
  const scene = sceneOf(window, deviation, handled);
  if (handled.length > 0 && rateOf(scene, scene.now) < scene.floor) return [];
  const carpet = carpetOf(scene);
  if (carpet?.isOneHost === true) return [];
  const known = [...signatures.map((signature) => profileFamily(signature, families)), ...families];
  const named = judge(scene, known).sort((a, b) => shareOf(scene, b.members) - shareOf(scene, a.members));
  const whole = wholeName(named, carpet !== null);
  // What larger vectors account for is no remainder of the smaller ones.
  let rest = scene;
  return named.slice(0, attacksMax).map((one) => {
    const attack = attackOf(scene, rest, one, { whole, carpet });
    rest = without(rest, one.verdict.claims);
    return attack;
  });
}

/** Asks one family after the other, each about the packets that none before it took. */
function judge(scene: Scene, known: readonly Family[]): Named[] {
  const named: Named[] = [];
  let rest = scene;
  for (const family of known) {
    const members = membersOf(rest, family);
    if (members.now.excess === 0) continue;
    const verdict = family.judge(scene, members);
    const all = trafficOf([...members.now.seen, ...members.tail.seen], members.now.scale);
    const isNamed = verdict !== null && verdict.confidence >= confidenceMin;
    if (isNamed && shareOf(scene, all) >= vectorShareMin) named.push({ family, verdict, members: all });
    if (isNamed || family.isJoint !== true) rest = without(rest, isOneOf(all.seen));
  }
  return named;
}

function isOneOf(seen: readonly Seen[]): Condition {
  const taken = new Set(seen.map(({ packet }) => packet));
  return ({ packet }) => taken.has(packet);
}

const isUdpTail: Condition = ({ kind, packet }) => kind === 'fragment' && packet.protocol === 17;

function membersOf({ now, quiet }: Scene, { isMember }: Family): Members {
  const none = { ...now, seen: [], weight: 0, excess: 0 };
  const found = partOf(now, isMember);
  if (found.weight === 0) return { now: found, quiet: none, tail: none };
  const before = partOf(quiet, isMember);
  const mine = isNew(found, before) ? allExcess(found) : found;
  if (mine.excess === 0) return { now: mine, quiet: before, tail: none };
  const hasFirst = mine.seen.some(({ packet }) => packet.fragment === 'first' && packet.protocol === 17);
  const tail = hasFirst ? partOf(now, both(isUdpTail, not(isMember))) : none;
  return { now: mine, quiet: before, tail: mayHaveTail(mine, tail) ? allExcess(tail) : none };
}

/** Quiet traffic that has so little of a family explains none of it, whatever else of the same ports it has. */
const newShareMax = 0.02;

const isNew = (now: Traffic, quiet: Traffic): boolean =>
  packetsPerSecond(quiet) <= newShareMax * packetsPerSecond(now);

const allExcess = ({ seen, scale }: Traffic): Traffic =>
  trafficOf(
    seen.map((one) => ({ ...one, excess: one.weight })),
    scale,
  );

/** What all of it together is called. */
function wholeName(named: readonly Named[], isCarpet: boolean): string | null {
  if (isCarpet) return 'carpet_bombing';
  return named.length > 1 ? 'multi_vector' : null;
}

function attackOf(
  scene: Scene,
  rest: Scene,
  { family, verdict, members }: Named,
  { whole, carpet }: { whole: string | null; carpet: Carpet | null },
): Attack {
  const { confidence, reasons, match, companions, spoofed, answer, limit, proxy, claims } = verdict;
  const share = Math.min(1, shareOf(scene, members));
  const collateral = match === null ? null : collateralOf(scene.quiet.seen, claims);
  const spared =
    collateral === null
      ? 'without traffic from before, nobody knows what else the rule hits'
      : `of ${scene.quiet.seen.length} samples from before, the rule hits ${percent(collateral)} in the worst class`;
  const vector = whole === 'multi_vector' ? [`one of several vectors: ${percent(share)} of the excess`] : [];
  return {
    target: scene.target,
    family: family.name,
    ...(whole === null ? {} : { incidentFamily: whole }),
    share: Math.round(share * 1000) / 1000,
    confidence,
    reasons: [
      ...reasons,
      ...vector,
      ...(carpet === null ? [] : [carpet.reason]),
      ...(match === null ? [] : [spared]),
    ],
    spoofed,
    answer,
    match,
    ...(companions.length === 0 ? {} : { companions }),
    ...(limit === undefined ? {} : { limit }),
    ...(proxy === undefined ? {} : { proxy }),
    counter: family.counter,
    remainderPacketsPerSecond: remainderOf(rest, family.counter, claims),
    collateral,
  };
}

/** Packets/s of a counter that may go on arriving: what the rules do not hit, or what is usual, whichever is more. */
function remainderOf({ now, quiet }: Scene, name: CounterName, claims: Condition): number {
  const row = new Float64Array(counterNames.length);
  const isCounted: Condition = ({ packet, length }) => {
    row.fill(0);
    countPacket(row, packet, length);
    return row[counter[name]]! > 0;
  };
  const passing = packetsPerSecond(partOf(now, (seen) => !claims(seen) && isCounted(seen)));
  const usual = packetsPerSecond(partOf(quiet, isCounted));
  return Math.ceil(Math.max(passing, usual) * remainderMargin);
}
