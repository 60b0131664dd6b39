/** How long the last readings took: the denominators of every rate, shared by all targets. */

/** How many readings a target's history reaches back. */
export const readingsKept = 16;

const nominalWindowMs = 100;

export class Timeline {
  readonly #intervalsMs = new Float64Array(readingsKept);
  /** Number of the last reading, from 1. */
  tick = 0;
  atNs = 0;
  /** How many of the last readings make a window: one, or several after short ticks. */
  windowReadings = 1;
  windowMs = nominalWindowMs;
  /** How many of the last readings make about a second. */
  secondReadings = 1;
  secondMs = nominalWindowMs;

  advance(atNs: number, intervalNs: number): void {
    this.tick += 1;
    this.atNs = atNs;
    this.#intervalsMs[this.tick % readingsKept] = intervalNs / 1e6;
    // A tick that came early must not turn a handful of packets into a rate, so short readings are put together.
    [this.windowReadings, this.windowMs] = this.#readingsFor(nominalWindowMs * 0.9);
    [this.secondReadings, this.secondMs] = this.#readingsFor(950);
  }

  #readingsFor(atLeastMs: number): [count: number, ms: number] {
    const available = Math.min(this.tick, readingsKept);
    let count = 0;
    let ms = 0;
    while (count < available && ms < atLeastMs) {
      ms += this.#intervalsMs[(this.tick - count) % readingsKept]!;
      count += 1;
    }
    return [count, ms];
  }
}
