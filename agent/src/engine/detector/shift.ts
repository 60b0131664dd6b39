/**
 * Ratios that have moved and stay moved: cumulative sums (Page 1954) of how far each lies from what is usual, once a
 * second, in robust standard deviations of its logarithm.
 *
 * A ramp over half an hour changes what kind of traffic it is long before it changes how much, and a sum sees in some
 * seconds what no single second shows. Volume has no such sum: it wanders by itself. A shift strengthens what a signal
 * of its group already half says, and never speaks alone.
 */
import { ratioFeature } from '../features.ts';
import { ratioOf } from '../metrics.ts';
import type { RatioName } from '../metrics.ts';
import type { TargetWindow } from '../types.ts';
import type { UsualOf } from './picture.ts';
import { fixed, ramp } from './signals/signal.ts';
import type { Found } from './signals/index.ts';
import type { SignalGroup } from './signals/signal.ts';

interface Watched {
  readonly ratio: RatioName;
  readonly direction: 1 | -1;
  readonly group: SignalGroup;
}

const watched: readonly Watched[] = [
  { ratio: 'ackPerSyn', direction: -1, group: 'conversation' },
  { ratio: 'synPerSynAck', direction: 1, group: 'conversation' },
  { ratio: 'answeredShare', direction: -1, group: 'conversation' },
  { ratio: 'rstShare', direction: 1, group: 'conversation' },
  { ratio: 'finShare', direction: 1, group: 'conversation' },
  { ratio: 'synAckShare', direction: 1, group: 'conversation' },
  { ratio: 'invalidShare', direction: 1, group: 'conversation' },
  { ratio: 'amplifierShare', direction: 1, group: 'ports' },
  { ratio: 'icmpShare', direction: 1, group: 'protocol' },
  { ratio: 'fragmentShare', direction: 1, group: 'protocol' },
  { ratio: 'otherShare', direction: 1, group: 'protocol' },
  { ratio: 'newSourceShare', direction: 1, group: 'sources' },
];

/** A step of one deviation and less is forgotten; a sum of eight alarms after four seconds of three deviations. */
const slack = 1;
const alarmSum = 8;
const sumMax = 3 * alarmSum;
/** One second may not speak for more than this, deviations. */
const stepMax = 4;
/** A ratio is never as constant as a short history makes it look. */
const spreadMin = 0.2;
/** A ratio below this, or below a tenth of what is usual, is as good as this. */
const ratioMin = 0.005;
/** Of the whole, for a second's ratio. */
const wholeMin = 20;
/** Targets that sums are held for, more than have a window; those that were silent longest go first. */
const targetsMax = 8192;

const isWeak = ({ group }: Pick<Watched, 'group'>): boolean => group === 'sources';

interface Sums {
  second: number;
  readonly sums: Float32Array;
}

export class Shifts {
  readonly #targets = new Map<string, Sums>();

  /** Takes the second that was closed last, once. */
  observe({ target, history }: TargetWindow, usualOf: UsualOf): void {
    const [second] = history?.scales ?? [];
    if (history === undefined || second === undefined || usualOf(ratioFeature('answeredShare')) === null)
      return;
    const known = this.#of(target);
    if (known.second === history.second) return;
    known.second = history.second;
    for (const [index, { ratio, direction }] of watched.entries()) {
      const usual = usualOf(ratioFeature(ratio));
      const value = ratioOf(ratio, second.counts, wholeMin);
      const before = known.sums[index]!;
      if (usual === null || value === null) {
        known.sums[index] = Math.max(0, before - slack);
        continue;
      }
      const least = Math.max(ratioMin, usual.median / 10);
      const steps =
        (direction * Math.log(Math.max(value, least) / Math.max(usual.median, least))) /
        Math.max(spreadMin, usual.spread);
      known.sums[index] = Math.min(sumMax, Math.max(0, before + Math.min(stepMax, steps) - slack));
    }
  }

  /** Whether any ratio of a target alarms, other than that of new sources, which a crowd moves as well. */
  hasMoved(target: string): boolean {
    const sums = this.#targets.get(target)?.sums;
    return sums?.some((sum, index) => sum >= alarmSum && !isWeak(watched[index]!)) ?? false;
  }

  /** Shifts of a target that alarm, as findings. */
  found(target: string): Found[] {
    const known = this.#targets.get(target);
    if (known === undefined) return [];
    return watched.flatMap(({ ratio, group }, index) => {
      const value = known.sums[index]!;
      if (value < alarmSum) return [];
      const reason = (): string =>
        `${ratio} has moved away from what is usual for some time (cumulative sum ${fixed(value)}, alarm at ${alarmSum})`;
      const score = ramp(value, 0, 2 * alarmSum);
      return [
        {
          name: `shift-${ratio}`,
          group,
          isWeak: isWeak({ group }),
          needsTime: true,
          score,
          value,
          usual: null,
          reason,
        },
      ];
    });
  }

  #of(target: string): Sums {
    const known = this.#targets.get(target) ?? { second: -1, sums: new Float32Array(watched.length) };
    // Set anew, so that the order of the map is that of the last time.
    this.#targets.delete(target);
    this.#targets.set(target, known);
    const [oldest] = this.#targets.keys();
    if (this.#targets.size > targetsMax && oldest !== undefined) this.#targets.delete(oldest);
    return known;
  }
}
