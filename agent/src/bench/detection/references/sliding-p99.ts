/**
 * Three times the 99th percentile of the last 300 s, for three seconds in a row: how the product that is the model here
 * sets its limit. The window slides on during an attack, and learns it.
 */
import { watchSeconds } from './seconds.ts';
import type { SecondDetector } from './seconds.ts';
import type { Watcher } from '../watcher.ts';

const historySeconds = 300;
const factor = 3;
const secondsInARow = 3;
/** Before this much was seen there is no limit. */
const warmUpSeconds = 60;

export const createSlidingP99 = (): Watcher => watchSeconds('ref3p99', () => new SlidingP99());

class SlidingP99 implements SecondDetector {
  readonly #history = new Float64Array(historySeconds);
  /** The same, in ascending order. */
  readonly #sorted: number[] = [];
  #seen = 0;
  #inARow = 0;

  isOver(packetsPerSecond: number): boolean {
    const { length } = this.#sorted;
    const p99 = this.#sorted[Math.ceil(length * 0.99) - 1] ?? Infinity;
    const exceeds = length >= warmUpSeconds && packetsPerSecond > factor * p99;
    this.#inARow = exceeds ? this.#inARow + 1 : 0;
    this.#learn(packetsPerSecond);
    return this.#inARow >= secondsInARow;
  }

  #learn(value: number): void {
    const slot = this.#seen % historySeconds;
    if (this.#seen >= historySeconds) this.#sorted.splice(this.#position(this.#history[slot]!), 1);
    this.#sorted.splice(this.#position(value), 0, value);
    this.#history[slot] = value;
    this.#seen += 1;
  }

  /** Of the first that is not less. */
  #position(value: number): number {
    let [from, to] = [0, this.#sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#sorted[middle]! < value) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
