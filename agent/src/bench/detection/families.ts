/**
 * Is named what is sent, and does its rule spare who is not meant?
 *
 * For each family attacks are drawn by chance (engine/generator/attacks) and sent to a target with legitimate traffic
 * drawn by chance (engine/generator/legitimate), which makes up 30 % of the packets while the attack lasts. They are put
 * before the classifier alone, whose first verdict counts, or before the whole agent, whose incident and installed rules
 * count. Coverage and collateral are those of the rules, over every packet by its label; of several floods at once over
 * those that were named. An answer that is no rule (SYN proxy, rate limit, none) has neither, and is reported.
 *
 * Legitimate captures have a surge of many times what was there. Before the classifier alone every window of a surge counts
 * as too much, and nothing in it may be called an attack; before the agent nothing may be named, and no rule installed.
 */
import { attackFamilies, attackFamily } from '../../engine/generator/index.ts';
import { attackCapture, attackScript, benignCapture, benignScript } from './families/capture.ts';
import { scoreByEngine } from './families/engine.ts';
import { judge } from './families/judge.ts';
import { scoreOf } from './families/score.ts';
import type { Judge, Score } from './families/score.ts';

/**
 * For the classifier alone: enough for some hundred samples of each side within one window. The agent learns its quiet
 * traffic at its own pace, and gets the attack for as long as a rule and those that follow it may take.
 */
const attackLengths = {
  classifier: { quietMs: 2000, attackMs: 400, attackPacketsPerSecond: 5000 },
  agent: { quietMs: 8000, attackMs: 1000, attackPacketsPerSecond: 4000 },
};
const benignLengths = {
  classifier: { quietMs: 2000, surgeMs: 1000, packetsPerSecond: 1200 },
  agent: { quietMs: 6000, surgeMs: 3000, packetsPerSecond: 600 },
};
/** Packets/s above which the agent looks closer: between what is usual and the attack; below every surge. */
const floors = { attack: 3500, benign: 1200 };

export interface EvaluationOptions {
  /** What the seeds of the draws begin with. */
  readonly seed: string;
  /** @default all */
  readonly families?: readonly string[];
  /** How many attacks of each family. */
  readonly draws: number;
  /** @default classifier */
  readonly by?: Judge;
}

export function* evaluateFamilies({ seed, families, draws, by }: EvaluationOptions): Generator<Score> {
  for (const name of families ?? attackFamilies.map((one) => one.name)) {
    const family = attackFamily(name);
    for (let draw = 0; draw < draws; draw++) {
      const own = `${seed} ${name} ${draw}`;
      if (by === 'agent') {
        const script = attackScript({ seed: own, family, ...attackLengths.agent });
        yield scoreByEngine(own, script, floors.attack);
      } else {
        const capture = attackCapture({ seed: own, family, ...attackLengths.classifier });
        yield scoreOf(own, capture, judge(capture));
      }
    }
  }
}

export interface BenignOptions {
  readonly seed: string;
  readonly captures: number;
  /** @default classifier */
  readonly by?: Judge;
}

export function* evaluateBenign({ seed, captures, by }: BenignOptions): Generator<Score> {
  for (let number = 0; number < captures; number++) {
    const own = `${seed} benign ${number}`;
    if (by === 'agent') {
      yield scoreByEngine(own, benignScript({ seed: own, ...benignLengths.agent }), floors.benign);
    } else {
      const capture = benignCapture({ seed: own, ...benignLengths.classifier });
      yield scoreOf(own, capture, judge(capture));
    }
  }
}

export { explained, isPoor } from './families/explained.ts';
export { confusionText } from './families/report.ts';
export type { Score } from './families/score.ts';
