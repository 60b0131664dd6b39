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
import { hitByAny } from '../traffic.ts';
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
  rule(destination: string): { readonly match: TrafficMatch | null; readonly lost: readonly string[] };
}

export function profileFamily(signature: Signature): Family {
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
      const { why, ...answer } = answerOf(signature, scene, isMember);
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

type Answer = Pick<Verdict, 'answer' | 'match' | 'companions' | 'limit' | 'claims'>;

/** The rule of the signature, as far as the kernel can say it and quiet traffic is spared. */
function answerOf(
  signature: Signature,
  scene: Scene,
  isMember: Condition,
): Answer & { why: readonly string[] } {
  const { match, lost } = signature.rule(scene.destination);
  const left = lost.length === 0 ? [] : [`the kernel cannot compare: ${lost.join('; ')}`];
  if (match === null)
    return {
      answer: 'none',
      match: null,
      companions: [],
      claims: isMember,
      why: [...left, 'there is no rule'],
    };
  const claims = hitByAny([match]);
  if (isSparing(scene.quiet.seen, claims))
    return { answer: 'rule', match, companions: [], claims, why: left };
  const why = [...left, 'without that the rule would hit legitimate traffic; a rate limit can hold it'];
  return { answer: 'limit', match: null, companions: [], limit: match, claims: isMember, why };
}
