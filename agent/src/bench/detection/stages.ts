/**
 * The stages of the line from the window to the classifier, walked as the engine walks them, with a baseline that can
 * also be taught whole seconds at once. What the playbook adds is taken as given: tier B alone is answered, once
 * something is named with enough confidence and can be answered by a rule, a SYN proxy or a limit.
 */
import { Baseline } from '../../engine/baseline/index.ts';
import { classify } from '../../engine/classifier/index.ts';
import { Detector } from '../../engine/detector/index.ts';
import { featureNames } from '../../engine/features.ts';
import { Learning } from '../../engine/learning.ts';
import type { Attack, Deviation, Reading, TargetWindow } from '../../engine/types.ts';
import { Windows } from '../../engine/window/index.ts';
import { Learner } from './learner.ts';
import { confidenceMin, protect, releaseAfterMs, startedAtMs, threshold } from './policy.ts';
import type { Alarm, LearnedSecond, Watcher } from './watcher.ts';

export const createStages = (): Watcher => new Stages();

const wallMsAt = (atNs: number): number => startedAtMs + atNs / 1e6;

/** An alarm that has no name yet is looked at every tick at first, then once a second: as the engine does. */
const firstNs = 2e9;
const againNs = 1e9;

interface Open extends Alarm {
  state: Alarm['state'];
  tier: Alarm['tier'];
  reason: string;
  answer: string | null;
  readonly openedAtNs: number;
  namedAtNs: number;
}

class Stages implements Watcher {
  readonly name = 'tidegate';
  readonly alarms = new Map<string, Open>();
  readonly surges = new Set<string>();
  readonly #windows = new Windows();
  readonly #baseline = new Baseline({ features: featureNames });
  readonly #learner = new Learner(this.#baseline);
  readonly #learning = new Learning(this.#baseline, wallMsAt);
  readonly #detector = new Detector({
    wallMsAt,
    usual: (target, feature, wallMs) => this.#baseline.usual(target, feature, wallMs),
  });

  constructor() {
    this.#windows.protect(protect);
    this.#detector.setThresholds([threshold], protect);
  }

  learn(second: number, targets: readonly LearnedSecond[]): void {
    this.#learner.learn(second, targets);
  }

  look(reading: Reading): void {
    for (const window of this.#windows.fold(reading)) this.#judge(window);
    for (const window of this.#windows.prefixes()) this.#judge(window);
    this.#learning.take(this.#windows, reading.atNs);
  }

  #judge(window: TargetWindow): void {
    const { target, atNs } = window;
    const observation = this.#detector.observe(window, releaseAfterMs);
    const { phase } = observation;
    if (phase === 'surge') this.surges.add(target);
    else if (this.surges.size > 0) this.surges.delete(target);
    if (phase === 'idle' || phase === 'surge' || phase === 'closed') {
      this.alarms.delete(target);
      this.#learning.thaw(target, atNs);
      return;
    }
    this.#windows.disturb(target);
    if (phase === 'pending') return;
    this.#learning.freeze(target, atNs);
    if (phase === 'over') this.#over(window, observation.deviation);
    else this.#hold(target);
  }

  #hold(target: string): void {
    const open = this.alarms.get(target);
    if (open !== undefined) open.state = 'held';
  }

  #over(window: TargetWindow, deviation: Deviation): void {
    const { target, atNs } = window;
    const { tier } = deviation;
    let open = this.alarms.get(target);
    if (open === undefined) {
      const reason = reasonOf(deviation);
      open = { state: 'over', tier, reason, answer: null, openedAtNs: atNs, namedAtNs: -Infinity };
      this.alarms.set(target, open);
    }
    open.state = 'over';
    if (tier === 'A') return;
    if (open.tier === 'A') open.reason = reasonOf(deviation);
    open.tier = tier;
    const isDue = atNs - open.openedAtNs < firstNs || atNs - open.namedAtNs >= againNs;
    if (open.answer !== null || !isDue) return;
    open.namedAtNs = atNs;
    open.answer =
      classify(window, deviation)
        .map(answerOf)
        .find((answer) => answer !== null) ?? null;
  }
}

function answerOf({ family, confidence, match, proxy, limit }: Attack): string | null {
  const canBeAnswered = match !== null || proxy !== undefined || limit !== undefined;
  return canBeAnswered && confidence >= confidenceMin ? `${family} ${confidence.toFixed(2)}` : null;
}

function reasonOf({ tier, volume, signals, confidence }: Deviation): string {
  const { metric, scaleMs, value, limit, usual } = volume;
  const signs = signals
    .filter(({ score }) => score > 0)
    .map(
      ({ name, score, value: of, usual: before }) =>
        `${name} ${score.toFixed(2)} (${of.toPrecision(3)}, usually ${before === null ? '?' : before.toPrecision(3)})`,
    );
  return [
    `${tier} ${metric}@${String(scaleMs)}ms ${value.toFixed(0)} over ${limit.toFixed(0)}`,
    `usually ${usual === null ? '?' : usual.toFixed(0)}, confidence ${confidence.toFixed(2)}`,
    ...signs,
  ].join('; ');
}
