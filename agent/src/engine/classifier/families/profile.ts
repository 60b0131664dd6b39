/**
 * Signatures of the policy (AttackProfile) as families: asked before all that are built in, because whoever wrote them
 * knows what they defend against. A packet that a signature hits and does not name is left to the others.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import type { CounterName } from '../../types.ts';
import { isSparing } from '../collateral/share.ts';
import { weigh } from '../family.ts';
import type { Family, Verdict } from '../family.ts';
import type { Members, Scene } from '../scene.ts';
import { jumpSignal, massSignal, percent, ramp, samplesSignal, shareOf } from '../signals.ts';
import type { Signal } from '../signals.ts';
import { spoofingOf } from '../spoofing.ts';
import { hitByAny, partOf } from '../traffic.ts';
import type { Condition } from '../traffic.ts';

/** A compiled signature, as engine/profiles makes it. */
export interface Signature {
  readonly name: string;
  readonly family: string;
  readonly description: string;
  /** Least part of the excess that must be hit, 0 to 1. */
  readonly shareMin: number;
  readonly confidence: number;
  readonly counter: CounterName;
  readonly hits: (packet: Parameters<Condition>[0]['packet'], length?: number) => boolean;
  /** The nearest rule, and what it does without. */
  rule(destination: string): {
    readonly match: TrafficMatch | null;
    readonly isExact: boolean;
    readonly lost: readonly string[];
  };
}

/** @param kin Families that are built in: how packets are answered that no rule of the signature is for. */
export function profileFamily(signature: Signature, kin: readonly Family[]): Family {
  const { family: name, counter, hits } = signature;
  const isMember: Condition = ({ packet, length }) => hits(packet, length);
  return {
    name,
    counter,
    isMember,
    isJoint: true,
    judge(scene, members) {
      if (shareOf(scene, members.now) < signature.shareMin) return null;
      const title = `packets of the profile "${signature.name}"`;
      const mass = massSignal(scene, title, members.now);
      if (mass.factor === 0) return null;
      const { likelihood } = spoofingOf(members.now, members.quiet);
      const signals = [
        mass,
        signatureSignal(signature, scene, members),
        jumpSignal(scene, title, members),
        samplesSignal(members.now),
      ];
      const { confidence, reasons } = weigh(signals);
      const { why, ...answer } = answerOf(signature, scene, members, isMember, kin);
      return { confidence, reasons: [...reasons, ...why], spoofed: likelihood, ...answer };
    },
  };
}

/** All of the excess that is hit makes it as sure as its author says, the least that names it half as sure. */
function signatureSignal(
  { description, confidence, shareMin }: Signature,
  scene: Scene,
  { now }: Members,
): Signal {
  const share = shareOf(scene, now);
  const factor = confidence * (0.85 + 0.15 * ramp(share, shareMin, 1));
  return { factor, reason: `${description}: the signature hits ${percent(share)} of the excess` };
}

type Answer = Omit<Verdict, 'confidence' | 'reasons' | 'spoofed'> & { readonly why: readonly string[] };

/**
 * The rule of the signature where the kernel can say all of it and quiet traffic is spared. Where it cannot, as with
 * Mirai's sequence numbers, its rule would be for every packet of the kind: then it is answered as the family that such
 * packets are of.
 */
function answerOf(
  signature: Signature,
  scene: Scene,
  members: Members,
  isMember: Condition,
  kin: readonly Family[],
): Answer {
  const { match, isExact, lost } = signature.rule(scene.destination);
  const claims = match === null ? isMember : hitByAny([match]);
  if (match !== null && isExact && isSparing(scene.quiet.seen, claims))
    return { answer: 'rule', match, companions: [], claims, why: [] };
  const left = lost.length === 0 ? [] : [`a rule cannot compare ${lost.join(', ')}`];
  const relative = kin.find((family) => members.now.seen.some(family.isMember));
  const quiet = relative === undefined ? members.quiet : partOf(scene.quiet, relative.isMember);
  const verdict = relative?.judge(scene, { ...members, quiet }) ?? null;
  if (verdict === null)
    return {
      answer: 'none',
      match: null,
      companions: [],
      claims: isMember,
      why: [...left, 'there is no rule'],
    };
  const { confidence: _, reasons: __, spoofed: ___, ...answer } = verdict;
  return { ...answer, why: left };
}
