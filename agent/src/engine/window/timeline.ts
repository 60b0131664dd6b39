/** How long the last readings took, and which seconds they make: the denominators of every rate, shared by all targets. */
import type { HostReading } from '../types.ts';

/** How many readings a target's history reaches back. */
export const readingsKept = 16;
/** Closed seconds, and closed tens of seconds, that are kept. */
export const secondsKept = 10;
export const tensKept = 6;

const nominalWindowMs = 100;
/** A second is over with the tick that brings it within half a tick of its end. */
const secondMinMs = 950;
const tenMinMs = 9950;
const minuteMinMs = 59_950;
/** Signs of the host are as old as this at most. */
const hostKeptNs = 2e9;

export class Timeline {
  readonly #intervalsMs = new Float64Array(readingsKept);
  readonly #secondsMs = new Float64Array(secondsKept);
  readonly #tensMs = new Float64Array(tensKept);
  #openMs = 0;
  #openTenMs = 0;
  #openMinuteMs = 0;
  #host: HostReading | null = null;
  #hostAtNs = -Infinity;
  /** Number of the last reading, from 1. */
  tick = 0;
  atNs = 0;
  /** How many of the last readings make a window: one, or several after short ticks. */
  windowReadings = 1;
  windowMs = nominalWindowMs;
  /** How many of the last readings make about a second. */
  secondReadings = 1;
  secondMs = nominalWindowMs;
  /** Seconds, and tens of seconds, that were closed so far. */
  seconds = 0;
  tens = 0;
  /** Seconds since the last ten was closed: at most ten. */
  secondsInTen = 0;
  /** Whether the last reading closed a second, a ten, a minute. */
  closesSecond = false;
  closesTen = false;
  closesMinute = false;

  advance(atNs: number, intervalNs: number, host?: HostReading): void {
    this.tick += 1;
    this.atNs = atNs;
    this.#intervalsMs[this.tick % readingsKept] = intervalNs / 1e6;
    // A tick that came early must not turn a handful of packets into a rate, so short readings are put together.
    [this.windowReadings, this.windowMs] = this.#readingsFor(nominalWindowMs * 0.9);
    [this.secondReadings, this.secondMs] = this.#readingsFor(secondMinMs);
    if (this.closesTen) this.secondsInTen = 0;
    this.#close(intervalNs / 1e6);
    if (host === undefined) return;
    this.#host = host;
    this.#hostAtNs = atNs;
  }

  get host(): HostReading | null {
    return this.atNs - this.#hostAtNs <= hostKeptNs ? this.#host : null;
  }

  /** How many of the closed seconds make about ten, and how long they took, ms. */
  lastTen(): [seconds: number, ms: number] {
    return sumUntil(this.#secondsMs, this.seconds, secondsKept, tenMinMs);
  }

  /** How many of the closed tens make about a minute, and how long they took, ms. */
  lastMinute(): [tens: number, ms: number] {
    return sumUntil(this.#tensMs, this.tens, tensKept, minuteMinMs);
  }

  /** How long the last reading took, ms. */
  get lastMs(): number {
    return this.#intervalsMs[this.tick % readingsKept]!;
  }

  /** How long the second took that was closed last, ms. */
  get lastSecondMs(): number {
    return this.#secondsMs[this.seconds % secondsKept]!;
  }

  /** How long the second before that one took, ms. */
  get secondMsBefore(): number {
    return this.#secondsMs[(this.seconds - 1 + secondsKept) % secondsKept]!;
  }

  #close(ms: number): void {
    this.#openMs += ms;
    this.closesSecond = this.#openMs >= secondMinMs;
    this.closesTen = false;
    this.closesMinute = false;
    if (!this.closesSecond) return;
    this.seconds += 1;
    this.#secondsMs[this.seconds % secondsKept] = this.#openMs;
    this.#openTenMs += this.#openMs;
    this.#openMs = 0;
    this.secondsInTen += 1;
    this.closesTen = this.#openTenMs >= tenMinMs || this.secondsInTen === secondsKept;
    if (!this.closesTen) return;
    this.tens += 1;
    this.#tensMs[this.tens % tensKept] = this.#openTenMs;
    this.#openMinuteMs += this.#openTenMs;
    this.#openTenMs = 0;
    this.closesMinute = this.#openMinuteMs >= minuteMinMs;
    if (this.closesMinute) this.#openMinuteMs = 0;
  }

  #readingsFor(atLeastMs: number): [count: number, ms: number] {
    return sumUntil(this.#intervalsMs, this.tick, readingsKept, atLeastMs);
  }
}

/** The newest entries of a ring, up to number `last`, until they make `atLeastMs`. */
function sumUntil(
  ring: Float64Array,
  last: number,
  kept: number,
  atLeastMs: number,
): [count: number, ms: number] {
  const available = Math.min(last, kept);
  let count = 0;
  let ms = 0;
  while (count < available && ms < atLeastMs) {
    ms += ring[(last - count) % kept]!;
    count += 1;
  }
  return [count, ms];
}
