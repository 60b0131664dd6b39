import type { Sample } from '../types.ts';

/** Samples in order of arrival; when more than `max` come, the oldest go. */
export class SampleQueue {
  readonly #max: number;
  #items: Sample[] = [];
  #start = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#items.length - this.#start;
  }

  push(sample: Sample): void {
    this.#items.push(sample);
    if (this.size > this.#max) this.shift();
  }

  shift(): Sample | undefined {
    if (this.size === 0) return undefined;
    const sample = this.#items[this.#start];
    this.#start += 1;
    // Moving the rest down once in a while is cheaper than at every step.
    if (this.#start * 2 > this.#items.length + 16) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
    return sample;
  }

  shiftOlderThan(atNs: number): void {
    while (this.size > 0 && this.#items[this.#start]!.atNs < atNs) this.shift();
  }

  clear(): void {
    this.#items = [];
    this.#start = 0;
  }

  /** The newest `count` samples, oldest of them first. */
  newest(count = this.size): Sample[] {
    return this.#items.slice(Math.max(this.#start, this.#items.length - count));
  }

  at(index: number): Sample | undefined {
    return this.#items[this.#start + index];
  }
}
