/** How good one verdict is, by the labels of the packets. */
import { compileMatch, parsePacket } from '../../../engine/packet/index.ts';
import type { Matcher } from '../../../engine/packet/index.ts';
import type { GeneratedPacket } from '../../../engine/generator/index.ts';
import type { Attack } from '../../../engine/types.ts';
import { isLabelled } from './capture.ts';
import type { Capture } from './capture.ts';
import { rulesOf } from './judge.ts';
import type { Verdict } from './judge.ts';

export type Answer = 'rule' | 'synproxy' | 'limit' | 'none';

export interface Score {
  /** As the generator calls it. */
  readonly family: string;
  /** As the classifier calls it, `none` where nothing was named, joined by + where several were. */
  readonly named: string;
  readonly isRight: boolean;
  readonly answer: Answer;
  /** Share of the attack's packets that the rules hit; null without a rule. */
  readonly coverage: number | null;
  /** Share of the legitimate packets that the rules hit; null without a rule. */
  readonly collateral: number | null;
  readonly afterMs: number;
  readonly seed: string;
  readonly detail: Detail;
}

export interface Detail {
  readonly target: string;
  readonly attack: Capture['attack'];
  readonly mix: Capture['mix']['parts'];
  readonly surge: string | null;
  readonly attacks: readonly Attack[];
}

/** Vectors below this share need not be named. */
const vectorShareMin = 0.15;

export function scoreOf(seed: string, capture: Capture, verdict: Verdict): Score {
  const { attack, mix, target, surge } = capture;
  const family = attack?.family ?? 'none';
  const names = [
    ...new Set(verdict.attacks.flatMap(({ family: own, incidentFamily }) => [own, incidentFamily ?? own])),
  ];
  const rules = rulesOf(verdict).map((match) => compileMatch(match));
  const hits = rules.length === 0 ? null : hitsOf(capture, rules);
  return {
    ...{ family, seed, afterMs: verdict.afterMs },
    named: names.sort().join('+') || 'none',
    isRight: isRight(capture, names),
    answer: answerOf(verdict),
    coverage: hits?.attack ?? null,
    collateral: hits?.legitimate ?? null,
    detail: { target, attack, surge, mix: mix.parts, attacks: verdict.attacks },
  };
}

function isRight({ attack }: Capture, names: readonly string[]): boolean {
  if (attack === null) return names.length === 0;
  const { family, parameters } = attack;
  if (family === 'multi_vector') {
    const vectors = (parameters['vectors'] as { family: string; share: number }[]).filter(
      ({ share }) => share >= vectorShareMin,
    );
    const rest = names.filter((name) => name !== family);
    const areAll = rest.length === vectors.length && vectors.every((one) => rest.includes(one.family));
    return areAll || (names.length === 1 && names[0] === family);
  }
  // Pulses are told by their history, and a prefix by who is hit: their floods have names of their own.
  const allowed = [family, typeof parameters['vector'] === 'string' ? parameters['vector'] : family];
  if (family === 'carpet_bombing')
    return names.includes(family) && names.every((name) => allowed.includes(name));
  return names.length > 0 && names.every((name) => allowed.includes(name));
}

function answerOf({ attacks }: Verdict): Answer {
  const [first] = attacks;
  if (first === undefined) return 'none';
  if ('answer' in first) return first.answer;
  if (first.match !== null) return 'rule';
  return first.proxy === undefined ? 'none' : 'synproxy';
}

function hitsOf(capture: Capture, rules: readonly Matcher[]): { attack: number; legitimate: number } {
  const isHit = ({ bytes }: GeneratedPacket): boolean => {
    const packet = parsePacket(bytes);
    return packet !== null && rules.some((hits) => hits(packet));
  };
  const counted = { attack: [0, 0], legitimate: [0, 0] } satisfies Record<GeneratedPacket['label'], number[]>;
  for (const { packets } of capture.windows) {
    for (const label of ['attack', 'legitimate'] as const) {
      const some = packets.filter(isLabelled(label));
      counted[label][0]! += some.filter(isHit).length;
      counted[label][1]! += some.length;
    }
  }
  const share = ([hit = 0, all = 0]: number[]): number => (all === 0 ? 0 : hit / all);
  return { attack: share(counted.attack), legitimate: share(counted.legitimate) };
}
