/**
 * Lessons: what the baseline is to learn of windows that were closed, a share of the targets in each tick, because all of
 * them at once would hold it for tens of milliseconds.
 *
 * Promises: every window that was closed is told once, before the next second is closed.
 */
import { observationsOf } from '../features.ts';
import type { TargetState } from './target-state.ts';
import type { Timeline } from './timeline.ts';

/** Takes one observation: whose, the index of a feature of features.ts, and its value. */
export type TakeLesson = (target: string, feature: number, value: number) => void;

/** All is told within this time, which is less than a second by more than a tick; a late tick has more to tell. */
const toldWithinMs = 700;
const sliceMin = 32;

export class Lessons {
  #waiting: TargetState[] = [];
  #next = 0;
  #closesTen = false;
  #closesMinute = false;

  /** Takes up what a second's end has closed. */
  begin(states: Iterable<TargetState>, { closesTen, closesMinute }: Timeline): void {
    this.#waiting = [];
    this.#next = 0;
    this.#closesTen = closesTen;
    this.#closesMinute = closesMinute;
    for (const state of states) if (!state.history.isEmpty) this.#waiting.push(state);
  }

  /** Tells the next share of them. */
  tell({ lastMs }: Timeline, take: TakeLesson): void {
    const share = Math.max(sliceMin, Math.ceil((this.#waiting.length * lastMs) / toldWithinMs));
    const end = Math.min(this.#waiting.length, this.#next + share);
    for (; this.#next < end; this.#next++) this.#tellOne(this.#waiting[this.#next]!, take);
  }

  #tellOne({ target, history }: TargetState, take: TakeLesson): void {
    const takeOf = (feature: number, value: number): void => {
      take(target, feature, value);
    };
    observationsOf(history.scale(1000), history.lastPeak, takeOf);
    if (this.#closesTen) observationsOf(history.scale(10_000), null, takeOf);
    if (this.#closesMinute) observationsOf(history.scale(60_000), null, takeOf);
  }
}
