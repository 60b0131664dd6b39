/** What a signal is: one independent sign that traffic is not what it is at other times, or not what clients send. */
import type { Picture } from '../picture.ts';
import type { SignalFinding } from '../../types.ts';

/**
 * What a signal measures. Two signals of one group may have one cause, and so count once:
 * - `conversation`: whether what comes leads to anything (a server that cannot keep up answers late, its backlog
 *   overflows and its clients do not go on: one cause, three signs);
 * - `sources`: who sends; `lengths`: how long packets are; `ports`: from and to which ports;
 * - `protocol`: how much is no TCP and no UDP, or a fragment; `reputation`: what others say of the sources;
 * - `capacity`: what the host and its link can take.
 */
export type SignalGroup =
  'conversation' | 'sources' | 'lengths' | 'ports' | 'protocol' | 'reputation' | 'capacity';

export interface Judgement extends Omit<SignalFinding, 'name' | 'reason'> {
  /** A sentence with the value and what it was compared with; made when somebody reads it. */
  readonly reason: () => string;
  /** Where it is weak in this case only. @default as the signal */
  readonly isWeak?: boolean;
}

export interface Signal {
  readonly name: string;
  readonly group: SignalGroup;
  /** Whether real connections need some hundred milliseconds to show that it does not hold for them. @default false */
  readonly needsTime?: boolean;
  /** Whether it reads samples, which takes longer than counters. @default false */
  readonly readsSamples?: boolean;
  /** Crowds of real users do this too: counts beside one that they do not show, and raises no alarm alone. @default false */
  readonly isWeak?: boolean;
  /** Null where it cannot be evaluated: then it speaks neither for nor against. */
  judge(picture: Picture): Judgement | null;
}

/** From this score on a signal counts. */
export const scoreMin = 0.5;

/** 0 at `none`, 1 at `full`, a straight line between; `none` may lie above `full`. */
export const ramp = (value: number, none: number, full: number): number =>
  Math.min(1, Math.max(0, (value - none) / (full - none)));

export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

export const fixed = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
