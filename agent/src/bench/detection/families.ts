/**
 * Does the classifier name what is sent, and does its rule spare who is not meant?
 *
 * For each family attacks are drawn by chance (generator/attacks) and sent to a target with legitimate traffic drawn by
 * chance (generator/legitimate), which makes up 30 % of the packets while the attack lasts. Named is what the classifier
 * says at the first window that it says anything at all. Coverage and collateral are counted over every packet of the
 * capture, by its label.
 */
import { attackFamilies, attackFamily } from '../../engine/generator/index.ts';
import { attackCapture, benignCapture } from './families/capture.ts';
import { judge } from './families/judge.ts';
import { scoreOf } from './families/score.ts';
import type { Score } from './families/score.ts';

export interface EvaluationOptions {
  /** What the seeds of the draws begin with. */
  readonly seed: string;
  /** @default all */
  readonly families?: readonly string[];
  /** How many attacks of each family. */
  readonly draws: number;
}

/** Enough for some hundred samples of each side within one window, and no more than a test can wait for. */
const rates = { quietMs: 2000, attackMs: 400, attackPacketsPerSecond: 5000 };

export function* evaluateFamilies({ seed, families, draws }: EvaluationOptions): Generator<Score> {
  for (const name of families ?? attackFamilies.map((one) => one.name)) {
    const family = attackFamily(name);
    for (let draw = 0; draw < draws; draw++) {
      const own = `${seed} ${name} ${draw}`;
      const capture = attackCapture({ seed: own, family, ...rates });
      yield scoreOf(own, capture, judge(capture));
    }
  }
}

export interface BenignOptions {
  readonly seed: string;
  readonly captures: number;
}

/**
 * Legitimate traffic, each window of a surge put before the classifier as if it were known to be too much: nothing of it
 * may be called an attack. The detector, which would let most of it pass, is left out.
 */
export function* evaluateBenign({ seed, captures }: BenignOptions): Generator<Score> {
  for (let number = 0; number < captures; number++) {
    const own = `${seed} benign ${number}`;
    const capture = benignCapture({ seed: own, quietMs: 2000, surgeMs: 1000, packetsPerSecond: 1200 });
    yield scoreOf(own, capture, judge(capture));
  }
}

export { confusionText, familyFigures } from './families/report.ts';
export type { Score } from './families/score.ts';
export { explained, isPoor } from './families/explained.ts';
