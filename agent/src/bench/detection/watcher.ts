/** What is judged: anything that looks at readings and says which targets it has an alarm for. */
import type { Reading } from '../../engine/types.ts';

export interface Alarm {
  /** `over`: more than is usual, now; `held`: open, and not over at this moment. */
  readonly state: 'over' | 'held';
  /** Of the alarm at its worst: `A` alerts, `B` may be answered. */
  readonly tier: 'A' | 'B';
  /** What it was named, once it was answered; null before. Of a detector that only alerts, the alarm is the answer. */
  readonly answer: string | null;
  /** Why, for the report. */
  readonly reason: string;
}

/** A second of one target that is learned at once. */
export interface LearnedSecond {
  readonly target: string;
  readonly counts: Float64Array;
  readonly peakPacketsPerSecond: number;
  readonly peakBitsPerSecond: number;
}

export interface Watcher {
  readonly name: string;
  /**
   * Instead of ten readings, in the days of learning; `second` is their number since the start. Left out by those that
   * learn nothing for longer than an hour.
   */
  learn?(second: number, targets: readonly LearnedSecond[]): void;
  look(reading: Reading): void;
  /** By target: an address or a prefix. */
  readonly alarms: ReadonlyMap<string, Alarm>;
  /** Targets whose traffic is far up and looks as always. */
  readonly surges: ReadonlySet<string>;
}
