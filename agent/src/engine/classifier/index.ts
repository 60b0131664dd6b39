/**
 * Classifier: names what exceeds a floor, and finds the narrowest rule that covers it.
 *
 * Promises: volume alone never names an attack; a rule covers at least 95 % of what it is for, and its collateral is
 * measured on traffic from before; where nothing separates the attack from real users there is no rule, and a reason.
 * One family is one file and one line in the registry.
 */
import type { Matcher } from '../packet/index.ts';
import type { Attack, Deviation, TargetWindow } from '../types.ts';
import { collateralOf } from './collateral.ts';
import { dnsAmplification } from './families/dns-amplification.ts';
import { synFlood } from './families/syn-flood.ts';
import { udpFlood } from './families/udp-flood.ts';
import type { Family, Verdict } from './family.ts';
import { partOf, rateOf, sceneOf, without } from './scene.ts';
import type { Scene } from './scene.ts';
import { percent } from './signals.ts';

/** Every family that is known, the more special before the more general. */
const families: readonly Family[] = [dnsAmplification, synFlood, udpFlood];

/** Below this nothing is called an attack. */
const confidenceMin = 0.6;
/** Legitimate traffic is never quite the same twice. */
const remainderMargin = 1.2;
/** Vectors that are named in one go. */
const attacksMax = 3;

/**
 * What is going on at a target, the surest first; empty where nothing can be named, or where rules in force already
 * hit all but what is below the floor.
 *
 * @param handled Rules in force for this target.
 */
export function classify(
  window: TargetWindow,
  deviation: Deviation,
  handled: readonly Matcher[] = [],
): Attack[] {
  let scene = sceneOf(window, deviation, handled);
  const attacks: Attack[] = [];
  if (handled.length > 0 && isBelowFloor(scene)) return attacks;
  while (attacks.length < attacksMax) {
    const surest = judge(scene);
    if (surest === null || surest.verdict.confidence < confidenceMin) break;
    attacks.push(attackOf(scene, surest.family, surest.verdict));
    const rest = without(scene, surest.verdict.claims);
    if (rest.now.seen.length === scene.now.seen.length || isBelowFloor(rest)) break;
    scene = rest;
  }
  return attacks;
}

const isBelowFloor = (scene: Scene): boolean => rateOf(scene, scene.now) < scene.floor;

function judge(scene: Scene): { family: Family; verdict: Verdict } | null {
  const verdicts = families.flatMap((family) => {
    const verdict = family.judge(scene);
    return verdict === null ? [] : [{ family, verdict }];
  });
  return verdicts.sort((a, b) => b.verdict.confidence - a.verdict.confidence)[0] ?? null;
}

function attackOf(scene: Scene, { name, counter, isCounted }: Family, verdict: Verdict): Attack {
  const { confidence, reasons, match, proxy, claims } = verdict;
  const collateral = match === null ? null : collateralOf(scene.quiet, claims);
  const spared =
    collateral === null
      ? 'without traffic from before, nobody knows what else the rule hits'
      : `of ${scene.quiet.seen.length} samples from before, the rule hits ${percent(collateral)} in the worst class`;
  const passing = partOf(scene.now, (seen) => isCounted(seen) && !claims(seen)).packetsPerSecond;
  const usual = partOf(scene.quiet, isCounted).packetsPerSecond;
  return {
    target: scene.target,
    family: name,
    confidence,
    reasons: match === null ? reasons : [...reasons, spared],
    match,
    ...(proxy === undefined ? {} : { proxy }),
    counter,
    remainderPacketsPerSecond: Math.ceil(Math.max(passing, usual) * remainderMargin),
    collateral,
  };
}
