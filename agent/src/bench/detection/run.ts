/** One seed: its weeks before every detector at once, each with a judge of its own. */
import { Weeks, windowMs } from '../../engine/generator/rates/index.ts';
import type { WeeksOptions } from '../../engine/generator/rates/index.ts';
import { Judge } from './judge.ts';
import type { Verdict } from './judge.ts';
import { createEwma } from './references/ewma.ts';
import { createSlidingP99 } from './references/sliding-p99.ts';
import { createStatic } from './references/static.ts';
import { createStages } from './stages.ts';
import type { Watcher } from './watcher.ts';

export interface SeedResult {
  readonly seed: string;
  readonly testDays: number;
  /** Of learning and test together, s. */
  readonly trafficSeconds: number;
  readonly verdicts: readonly Verdict[];
}

export interface RunOptions extends WeeksOptions {
  /** Leaves the reference detectors out where false. @default true */
  readonly withReferences?: boolean;
  /** How much of the beginning and of the end of learning goes through the whole line, s. @default 86400 and 7200 */
  readonly wholeFirstSeconds?: number;
  readonly wholeLastSeconds?: number;
  /** Told about every hour of traffic: the share that is done. */
  readonly progress?: (share: number) => void;
}

const daySeconds = 86_400;
const windowsPerSecond = 1000 / windowMs;

/**
 * Learning goes through the whole line on its first day, when nothing is known yet and what alarms is not learned, and in
 * its last hours, so that windows and references are warm; in between whole seconds are learned at once.
 */
export function runSeed({
  withReferences = true,
  wholeFirstSeconds = daySeconds,
  wholeLastSeconds = 7200,
  progress,
  ...options
}: RunOptions): SeedResult {
  const weeks = new Weeks(options);
  const { plan } = weeks;
  const tidegate = createStages();
  const references = withReferences ? [createSlidingP99(), createEwma(), createStatic()] : [];
  const watchers: readonly Watcher[] = [tidegate, ...references];
  const judges = watchers.map((watcher) => new Judge(watcher, plan));
  const testFrom = plan.learningDays * daySeconds;
  const seconds = testFrom + plan.testDays * daySeconds;
  for (let second = 1; second <= seconds; second++) {
    if (second % 3600 === 0) progress?.(second / seconds);
    const isWhole = second <= wholeFirstSeconds || second > testFrom - wholeLastSeconds;
    if (!isWhole && tidegate.learn !== undefined) {
      weeks.nextSecond();
      tidegate.learn(second, weeks.targets);
      continue;
    }
    for (let window = 1; window <= windowsPerSecond; window++) {
      const atMs = (second - 1) * 1000 + window * windowMs;
      const reading = weeks.next();
      for (const watcher of watchers) watcher.look(reading);
      // As the agent does: sources that come with an alarm are not learned.
      weeks.isLearningSources = tidegate.alarms.size === 0;
      if (second > testFrom) for (const judge of judges) judge.observe(atMs, windowMs, weeks.facts);
    }
  }
  return {
    seed: options.seed,
    testDays: plan.testDays,
    trafficSeconds: seconds,
    verdicts: judges.map((judge) => judge.verdict()),
  };
}
