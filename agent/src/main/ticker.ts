/** Ten ticks a second on a fixed grid: a late tick is never made up for, and lateness is on record. */
import type { Clock } from '../ports.ts';

const tickMs = 100;

export interface TickFigures {
  readonly total: number;
  /** Ticks that never came in their interval. */
  readonly missed: number;
  /** How late each of the last 3,000 ticks was, ms: five minutes of them. */
  readonly lateMs: readonly number[];
}

const keptMax = 3000;

export class Ticker {
  readonly #clock: Clock;
  readonly #tick: () => void;
  readonly #lateMs: number[] = [];
  #startNs = 0;
  #slot = 0;
  #total = 0;
  #missed = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(clock: Clock, tick: () => void) {
    this.#clock = clock;
    this.#tick = tick;
  }

  start(): void {
    this.#startNs = this.#clock.monotonicNs();
    this.#slot = 0;
    this.#schedule();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  get figures(): TickFigures {
    return { total: this.#total, missed: this.#missed, lateMs: this.#lateMs };
  }

  #schedule(): void {
    this.#slot += 1;
    const dueMs = this.#slot * tickMs - this.#elapsedMs();
    this.#timer = setTimeout(
      () => {
        this.#run();
      },
      Math.max(0, Math.ceil(dueMs)),
    );
  }

  #run(): void {
    const lateMs = Math.max(0, this.#elapsedMs() - this.#slot * tickMs);
    if (this.#lateMs.length === keptMax) this.#lateMs.shift();
    this.#lateMs.push(lateMs);
    const skipped = Math.floor(lateMs / tickMs);
    this.#missed += skipped;
    this.#slot += skipped;
    this.#total += 1;
    this.#tick();
    if (this.#timer !== null) this.#schedule();
  }

  #elapsedMs(): number {
    return (this.#clock.monotonicNs() - this.#startNs) / 1e6;
  }
}
