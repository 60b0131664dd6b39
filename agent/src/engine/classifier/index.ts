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
import { carpetOf } from './carpet.ts';
import type { Carpet } from './carpet.ts';
import { collateralOf } from './collateral/share.ts';
import { families } from './families/index.ts';
import { profileFamily } from './families/profile.ts';
import type { Signature } from './families/profile.ts';
import { rateOf, sceneOf, without } from './scene.ts';
import type { Scene } from './scene.ts';
import { percent, shareOf } from './signals.ts';
import { packetsPerSecond, partOf } from './traffic.ts';
import type { Condition } from './traffic.ts';
import { vectorsOf } from './vectors.ts';
import type { Vector } from './vectors.ts';

export type { Signature } from './families/profile.ts';
export { predict } from './collateral/index.ts';

/** Legitimate traffic is never quite the same twice. */
const remainderMargin = 1.2;
/** Vectors that are named in one go. */
const attacksMax = 4;

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
  const named = vectorsOf(scene, known).sort((a, b) => shareOf(scene, b.members) - shareOf(scene, a.members));
  const whole = wholeName(named, carpet !== null);
  // What larger vectors account for is no remainder of the smaller ones.
  let rest = scene;
  return named.slice(0, attacksMax).map((one) => {
    const attack = attackOf(scene, rest, one, { whole, carpet });
    rest = without(rest, one.verdict.claims);
    return attack;
  });
}

/** What all of it together is called. */
function wholeName(named: readonly Vector[], isCarpet: boolean): string | null {
  if (isCarpet) return 'carpet_bombing';
  return named.length > 1 ? 'multi_vector' : null;
}

function attackOf(
  scene: Scene,
  rest: Scene,
  { family, verdict, members }: Vector,
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
