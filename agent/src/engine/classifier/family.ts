/** What a family of attacks has to say. */
import type { TrafficMatch } from '@tidegate/schemas';
import type { CounterName } from '../types.ts';
import type { Condition, Scene } from './scene.ts';
import type { Signal } from './signals.ts';

export interface Verdict {
  /** 0 to 1. */
  readonly confidence: number;
  readonly reasons: readonly string[];
  readonly match: TrafficMatch | null;
  /** What a SYN proxy can answer; left out where it cannot. */
  readonly proxy?: TrafficMatch;
  /** Packets that are accounted for by this verdict: those of the rule, or of the family where there is none. */
  readonly claims: Condition;
}

export interface Family {
  /** As in notes and policies, such as syn_flood. */
  readonly name: string;
  /** The counter that the attack's packets show up in. */
  readonly counter: CounterName;
  /** Packets that the counter counts. */
  readonly isCounted: Condition;
  /** Null where nothing points to this family. */
  judge(scene: Scene): Verdict | null;
}

/** The product of the factors, and the reasons in order. */
export function weigh(signals: readonly Signal[]): Pick<Verdict, 'confidence' | 'reasons'> {
  const confidence = signals.reduce((product, { factor }) => product * factor, 1);
  return { confidence: Math.round(confidence * 1000) / 1000, reasons: signals.map(({ reason }) => reason) };
}
