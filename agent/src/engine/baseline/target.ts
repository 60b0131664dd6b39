/**
 * What a target's baseline knows of time: when it was first seen, which half minute and hour it is in, and whether it
 * learns at all.
 *
 * Wall clocks jump. A clock that goes back by up to an hour is waited for, so that no time is learned twice. One that
 * goes back further was wrong before: it is believed at once, what was not yet in a season is forgotten, and the age is
 * kept. One that goes forward leaves a gap, and a gap of more than a week adds nothing to the age.
 *
 * The freeze is bounded. Frozen time is counted up and drains at a third of its pace, which allows six hours in any
 * twenty-four. Beyond that the level that is called an attack is learned after all, every second half minute of it: a
 * legitimate shift is the usual in about three weeks rather than two, and an attacker who wants to be part of it would
 * have to keep up more than six hours a day for as long.
 */

export const secondMs = 1000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
export const weekMs = 7 * dayMs;
/** Observations are learned when they are between one and two pieces old: an attack's onset is not. */
const pieceMs = 30 * secondMs;
export const frozenMsMax = 6 * hourMs;
/** 18 hours thawed make room for 6 hours frozen. */
const drainShare = 1 / 3;

/** The hour since the epoch. */
export const hourOf = (wallMs: number): number => Math.floor(wallMs / hourMs);
/** Hour of the week in UTC, 0 is Monday 00:00 to 01:00; the epoch was a Thursday. */
export const hourOfWeek = (hour: number): number => (((hour + 72) % 168) + 168) % 168;
/** Weeks since the epoch, each from Monday 00:00 UTC. */
export const weekOf = (hour: number): number => Math.floor((hour + 72) / 168);

export class Target {
  readonly name: string;
  /** Where its row numbers are. */
  readonly index: number;
  /** The age counts from here. */
  firstMs: number;
  /** Until here time has been learned. */
  markMs: number;
  /** Of the last call. */
  seenMs: number;
  /**
   * Beginnings of the two pieces that are not learned yet. They lie on a grid of each target's own, so that the work of
   * a thousand is not done in one tick.
   */
  olderMs: number;
  newerMs: number;
  /** Which hour the main histograms of rows with a season are about. */
  hour: number;
  isFrozen = false;
  /** How much of the bound is used up. */
  frozenMs = 0;
  learns = true;
  /** Mean of the first feature in the hours before, half of it the last one: how busy it is. */
  busy = 0;
  busySum = 0;
  /** How many of its rows have a season. */
  seasons = 0;

  constructor(name: string, index: number, wallMs: number) {
    this.name = name;
    this.index = index;
    this.firstMs = wallMs;
    this.markMs = wallMs;
    this.seenMs = wallMs;
    this.newerMs = this.pieceOf(wallMs);
    this.olderMs = this.newerMs;
    this.hour = hourOf(wallMs);
  }

  /** When the piece began that a moment is in. */
  pieceOf(wallMs: number): number {
    const phaseMs = (this.index * 7919) % pieceMs;
    return Math.floor((wallMs + phaseMs) / pieceMs) * pieceMs - phaseMs;
  }

  get ageMs(): number {
    return Math.max(0, this.markMs - this.firstMs);
  }

  /** Sets the time. Gives what has to be done with the pieces: `shift` how often, or `forget` what is not in a season. */
  advance(wallMs: number): { readonly shift: 0 | 1 | 2; readonly forget: boolean } {
    const stepMs = wallMs - this.seenMs;
    if (stepMs === 0) return idle;
    this.seenMs = wallMs;
    this.#accountFreeze(stepMs);
    const backMs = this.markMs - wallMs;
    if (backMs > 0 && backMs <= hourMs) {
      this.learns = false;
      return idle;
    }
    if (backMs > hourMs || -backMs > weekMs) this.firstMs -= backMs;
    this.markMs = wallMs;
    this.learns = !this.isFrozen || this.#learnsFrozen(wallMs);
    if (backMs > hourMs) {
      this.restart(wallMs);
      this.hour = hourOf(wallMs);
      return forgetting;
    }
    const pieceAgeMs = wallMs - this.newerMs;
    if (pieceAgeMs < pieceMs) return idle;
    return pieceAgeMs < 2 * pieceMs ? shiftOnce : shiftTwice;
  }

  /** Begins both pieces anew. */
  restart(wallMs: number): void {
    this.newerMs = this.pieceOf(wallMs);
    this.olderMs = this.newerMs;
  }

  freeze(): void {
    this.isFrozen = true;
    this.learns = this.#learnsFrozen(this.seenMs);
  }

  thaw(): void {
    this.isFrozen = false;
    this.learns = this.seenMs >= this.markMs;
  }

  #learnsFrozen(wallMs: number): boolean {
    return this.frozenMs >= frozenMsMax && Math.floor(wallMs / pieceMs) % 2 === 0;
  }

  #accountFreeze(stepMs: number): void {
    // A target under attack is seen every second: a longer step is a clock that jumped, or a restart.
    if (this.isFrozen)
      this.frozenMs = Math.min(frozenMsMax, this.frozenMs + Math.min(minuteMs, Math.max(0, stepMs)));
    else if (this.frozenMs > 0)
      this.frozenMs = Math.max(0, this.frozenMs - Math.min(dayMs, Math.max(0, stepMs)) * drainShare);
  }
}

const idle = { shift: 0, forget: false } as const;
const shiftOnce = { shift: 1, forget: false } as const;
const shiftTwice = { shift: 2, forget: false } as const;
const forgetting = { shift: 0, forget: true } as const;
