/**
 * Two moving averages with exponential weights: the one over 5 s more than 3 times, or a single second more than 5 times,
 * that over 10 minutes. The slow one follows an attack as well.
 */
import { watchSeconds } from './seconds.ts';
import type { SecondDetector } from './seconds.ts';
import type { Watcher } from '../watcher.ts';

const fastSeconds = 5;
const slowSeconds = 600;
const factorOfFast = 3;
const factorOfOneSecond = 5;

export const createEwma = (): Watcher => watchSeconds('refEwma', () => new TwoAverages());

class TwoAverages implements SecondDetector {
  #fast = 0;
  #slow = 0;
  #seen = 0;

  isOver(packetsPerSecond: number): boolean {
    this.#seen += 1;
    // Begins as a plain mean, as long as there is less than its length.
    this.#fast += (packetsPerSecond - this.#fast) / Math.min(this.#seen, fastSeconds);
    const exceeds =
      this.#seen > fastSeconds * 12 &&
      (this.#fast > factorOfFast * this.#slow || packetsPerSecond > factorOfOneSecond * this.#slow);
    this.#slow += (packetsPerSecond - this.#slow) / Math.min(this.#seen, slowSeconds);
    return exceeds;
  }
}
