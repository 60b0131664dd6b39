/** How good one verdict is, by the labels of the packets. */
import type { TrafficMatch } from '@tidegate/schemas';
import type { GeneratedPacket, GeneratedWindow } from '../../../engine/generator/index.ts';
import { compileMatch, parsePacket } from '../../../engine/packet/index.ts';
import type { Attack, AttackAnswer } from '../../../engine/types.ts';
import { isLabelled } from './capture.ts';
import type { Capture, Script } from './capture.ts';
import type { Verdict } from './judge.ts';

/** Who looks at a capture: the classifier alone, or the whole agent. */
export type Judge = 'classifier' | 'agent';

export interface Score {
  readonly by: Judge;
  /** As the generator calls it. */
  readonly family: string;
  /** As the classifier calls it, `none` where nothing was named, joined by + where several were. */
  readonly named: string;
  readonly isRight: boolean;
  readonly answer: AttackAnswer;
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
  readonly attack: Sent | null;
  readonly mix: Script['mix']['parts'];
  readonly surge: string | null;
  readonly attacks: readonly Attack[];
}

/** An attack without its packets: it can be handed from thread to thread. */
type Sent = Pick<NonNullable<Script['attack']>, 'family' | 'parameters' | 'spoofed'>;

export function scoreOf(seed: string, capture: Capture, { attacks, afterMs }: Verdict): Score {
  const names = attacks.flatMap(({ family, incidentFamily = family }) => [family, incidentFamily]);
  const rules = attacks.flatMap(({ match, companions = [] }) =>
    match === null ? [] : [match, ...companions],
  );
  const answer = attacks[0] === undefined ? 'none' : answerOf(attacks[0]);
  const ruled = attacks.filter(({ match }) => match !== null).map(({ family }) => family);
  return scoreOfRules(seed, capture, {
    by: 'classifier',
    names,
    rules,
    ruled,
    answer,
    afterMs,
    attacks,
    held: attacks.flatMap(({ match, limit }) => (match === null ? [] : (limit ?? []))),
    windows: capture.windows,
  });
}

export interface Found {
  readonly by: Judge;
  readonly names: readonly string[];
  readonly rules: readonly TrafficMatch[];
  /** Families that a rule is for, and not a rate limit, a SYN proxy or nothing. */
  readonly ruled: readonly string[];
  /** What is for a rate limit beside the rules, such as trailing fragments that look like legitimate ones. @default none */
  readonly held?: readonly TrafficMatch[];
  readonly answer: AttackAnswer;
  readonly afterMs: number;
  readonly attacks: readonly Attack[];
  /** Those whose packets are counted. */
  readonly windows: readonly Pick<GeneratedWindow, 'packets'>[];
}

export function scoreOfRules(seed: string, script: Script, found: Found): Score {
  const { target, attack, mix, surge } = script;
  const { by, rules, answer, afterMs, attacks } = found;
  const names = [...new Set(found.names)].sort();
  const hits = rules.length === 0 ? null : hitsOf(found, attack?.family);
  return {
    ...{ by, seed, afterMs, answer },
    family: attack?.family ?? 'none',
    named: names.join('+') || 'none',
    isRight: isRight(script, names),
    coverage: hits?.attack ?? null,
    collateral: hits?.legitimate ?? null,
    detail: { target, mix: mix.parts, surge, attacks, attack: attack === null ? null : sentOf(attack) },
  };
}

const sentOf = ({ family, parameters, spoofed }: Sent): Sent => ({ family, parameters, spoofed });

function isRight({ attack }: Script, names: readonly string[]): boolean {
  if (attack === null) return names.length === 0;
  const { family, parameters } = attack;
  if (family === 'multi_vector') {
    // What is left below the limit once the largest were named needs no name; none may be named that is not there.
    const vectors = (parameters['vectors'] as { family: string }[]).map((one) => one.family);
    const named = names.filter((name) => name !== family);
    return (names.includes(family) || named.length > 1) && named.every((name) => vectors.includes(name));
  }
  // Pulses are told by their history, and a prefix by who is hit: their floods have names of their own.
  const allowed = [family, typeof parameters['vector'] === 'string' ? parameters['vector'] : family];
  if (family === 'carpet_bombing')
    return names.includes(family) && names.every((name) => allowed.includes(name));
  return names.length > 0 && names.every((name) => allowed.includes(name));
}

function answerOf({ answer, match, proxy }: Attack): AttackAnswer {
  if (answer !== undefined) return answer;
  if (match !== null) return 'rule';
  return proxy === undefined ? 'none' : 'synproxy';
}

/** Of several floods those count that a rule is for: another has another answer, or is below the limit and waits. */
function hitsOf(
  { windows, rules, ruled, held = [] }: Found,
  family: string | undefined,
): Record<GeneratedPacket['label'], number> {
  const isHit = hitBy(rules);
  const isHeld = hitBy(held);
  const isMeant = ({ vector = family }: GeneratedPacket): boolean =>
    vector === undefined || vector === family || ruled.includes(vector);
  const shareOf = (label: GeneratedPacket['label']): number => {
    const all = windows.flatMap(({ packets }) => packets.filter(isLabelled(label)).filter(isMeant));
    const some = label === 'legitimate' ? all : all.filter((one) => isHit(one) || !isHeld(one));
    return some.length === 0 ? 0 : some.filter(isHit).length / some.length;
  };
  return { attack: shareOf('attack'), legitimate: shareOf('legitimate') };
}

function hitBy(matches: readonly TrafficMatch[]): (packet: GeneratedPacket) => boolean {
  const matchers = matches.map((match) => compileMatch(match));
  return ({ bytes }) => {
    const packet = parsePacket(bytes);
    return packet !== null && matchers.some((hits) => hits(packet));
  };
}
