/** What a family of attacks has to say. */
import type { TrafficMatch } from '@tidegate/schemas';
import type { AttackAnswer, CounterName } from '../types.ts';
import type { Members, Scene } from './scene.ts';
import type { Signal } from './signals.ts';
import type { Condition } from './traffic.ts';

export interface Verdict {
  /** 0 to 1. */
  readonly confidence: number;
  readonly reasons: readonly string[];
  /** How likely the sources are made up, 0 to 1. */
  readonly spoofed: number;
  readonly answer: AttackAnswer;
  readonly match: TrafficMatch | null;
  /** Further rules, that cover the attack together with `match`. */
  readonly companions: readonly TrafficMatch[];
  /**
   * What a rate limit may be put on: what a rule that drops would hit too much beside; all of it without a `match`, else
   * a part that `match` is not about. Left out where nothing can be named.
   */
  readonly limit?: TrafficMatch;
  /** What a SYN proxy can answer; left out where it cannot. */
  readonly proxy?: TrafficMatch;
  /** Packets that are accounted for by this verdict: those of the rules, or of the family where there is none. */
  readonly claims: Condition;
}

export interface Family {
  /** As in notes and policies, such as syn_flood. */
  readonly name: string;
  /** The counter that the attack's packets show up in. */
  readonly counter: CounterName;
  /** Whether a packet may be of this family. Each packet belongs to the first family that takes it. */
  readonly isMember: Condition;
  /** Whether packets that it does not name are left to later families: it is about how kinds go together. @default false */
  readonly isJoint?: boolean;
  /** Null where nothing points to this family. */
  judge(scene: Scene, members: Members): Verdict | null;
}

/** The product of the factors, and the reasons in order. */
export function weigh(signals: readonly Signal[]): Pick<Verdict, 'confidence' | 'reasons'> {
  const confidence = signals.reduce((product, { factor }) => product * factor, 1);
  const reasons = signals.flatMap(({ reason }) => (reason === '' ? [] : [reason]));
  return { confidence: Math.round(confidence * 1000) / 1000, reasons };
}
