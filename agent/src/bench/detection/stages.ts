/** The stages of the line up to the detector, as the engine walks them. */
import { Baseline } from '../../engine/baseline/index.ts';
import { Detector } from '../../engine/detector/index.ts';
import type { Observation } from '../../engine/detector/index.ts';
import { featureNames } from '../../engine/features.ts';
import type { Deviation, Reading, TargetWindow } from '../../engine/types.ts';
import { Windows } from '../../engine/window/index.ts';
import { Learner } from './learner.ts';
import { protect, releaseAfterMs, startedAtMs, threshold } from './policy.ts';
import type { Alarm, LearnedSecond, Watcher } from './watcher.ts';

export const createStages = (): Watcher => new Stages();

class Stages implements Watcher {
  readonly name = 'tidegate';
  readonly alarms = new Map<string, Alarm>();
  readonly surges = new Set<string>();
  readonly #windows = new Windows();
  readonly #baseline = new Baseline({ features: featureNames });
  readonly #learner = new Learner(this.#baseline);
  readonly #detector = new Detector({
    wallMsAt: (atNs) => startedAtMs + atNs / 1e6,
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
    const wallMs = startedAtMs + reading.atNs / 1e6;
    for (const window of this.#windows.fold(reading)) this.#judge(window, wallMs);
    for (const window of this.#windows.prefixes()) this.#judge(window, wallMs);
    this.#windows.observations((target, feature, value) => {
      this.#baseline.observe(target, feature, wallMs, value);
    });
  }

  #judge(window: TargetWindow, wallMs: number): void {
    const { target } = window;
    const observation = this.#detector.observe(window, releaseAfterMs);
    const { phase } = observation;
    if (phase !== 'surge' && this.surges.size > 0) this.surges.delete(target);
    if (phase === 'idle') return;
    if (phase === 'closed') {
      this.alarms.delete(target);
      this.#baseline.thaw(target, wallMs);
      return;
    }
    this.#windows.disturb(target);
    if (phase === 'surge') this.surges.add(target);
    this.#alarm(target, observation, wallMs);
  }

  #alarm(target: string, observation: Observation, wallMs: number): void {
    const before = this.alarms.get(target);
    if (observation.phase !== 'over') {
      if (before?.state === 'over') this.alarms.set(target, { ...before, state: 'held' });
      return;
    }
    const { deviation } = observation;
    if (before?.state === 'over' && (before.tier === deviation.tier || before.tier === 'B')) return;
    if (before === undefined) this.#baseline.freeze(target, wallMs);
    const isFirst = before === undefined || (before.tier === 'A' && deviation.tier === 'B');
    this.alarms.set(target, {
      state: 'over',
      tier: before?.tier === 'B' ? 'B' : deviation.tier,
      reason: isFirst ? reasonOf(deviation) : before.reason,
    });
  }
}

function reasonOf({ tier, volume, signals, confidence }: Deviation): string {
  const { metric, scaleMs, value, limit, usual } = volume;
  const signs = signals.map(
    ({ name, score, value: of }) => `${name} ${score.toFixed(2)} (${of.toPrecision(3)})`,
  );
  return [
    `${tier} ${metric}@${String(scaleMs)}ms ${value.toFixed(0)} over ${limit.toFixed(0)}`,
    `usual ${usual === null ? '?' : usual.toFixed(0)}, confidence ${confidence.toFixed(2)}`,
    ...signs,
  ].join('; ');
}
