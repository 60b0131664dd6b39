/**
 * How busy a service is, from second to second over weeks: around 1 in its mean.
 *
 * A product of what is known of real traffic: a day and a week with their hours; days that differ; a slow drift;
 * correlated noise over minutes and over seconds (log-normal, as counts of flows are); rare bursts whose height and
 * length are heavy-tailed (Pareto, log-normal), so that the peaks of 100 ms lie far above the means of a minute.
 */
import type { Chance } from './chance.ts';
import { correlated } from './mood.ts';

const hourSeconds = 3600;
const daySeconds = 24 * hourSeconds;
const weekSeconds = 7 * daySeconds;

export interface LevelOptions {
  readonly chance: Chance;
  readonly days: number;
  /** How far a day's busiest hour lies above its mean, 0 to 1. */
  readonly dailySwing: number;
  /** Hour of the day, UTC. */
  readonly busiestHour: number;
  /** Level of Saturday and Sunday, against a working day. */
  readonly weekend: number;
  /** Standard deviation of the log, over some ten minutes and over some seconds. */
  readonly minutesSigma: number;
  readonly secondsSigma: number;
  /** Mean time between bursts, s; Infinity for none. */
  readonly burstEverySeconds: number;
}

const minutesTau = 600;
const secondsTau = 6;
/** A burst is at most this many times the level it falls upon. */
const burstMax = 12;
const burstAlpha = 1.6;

export class Level {
  readonly #options: LevelOptions;
  /** By the hour of all the weeks, with the difference between days in it, interpolated. */
  readonly #hours: Float64Array;
  #minutes = 0;
  #seconds = 0;
  #burst = 1;
  #burstUntil = 0;
  #nextBurst: number;

  constructor(options: LevelOptions) {
    this.#options = options;
    this.#hours = seasonal(options);
    const { chance } = options;
    this.#minutes = chance.normal() * options.minutesSigma;
    this.#nextBurst = chance.exponential(options.burstEverySeconds);
  }

  /** What to expect at a time, s since the start, before any noise. */
  expected(second: number): number {
    const hour = Math.floor(second / hourSeconds);
    const share = second / hourSeconds - hour;
    const before = this.#hours[hour] ?? 1;
    return before + ((this.#hours[hour + 1] ?? before) - before) * share;
  }

  /** The level in this second. To be called for one second after the other. */
  advance(second: number): number {
    const { chance, minutesSigma, secondsSigma } = this.#options;
    this.#minutes = correlated(chance, this.#minutes, minutesSigma, minutesTau);
    this.#seconds = correlated(chance, this.#seconds, secondsSigma, secondsTau);
    this.#bursts(second);
    const variance = minutesSigma * minutesSigma + secondsSigma * secondsSigma;
    return this.expected(second) * this.#burst * Math.exp(this.#minutes + this.#seconds - variance / 2);
  }

  #bursts(second: number): void {
    if (second >= this.#burstUntil) this.#burst = 1;
    if (second < this.#nextBurst) return;
    const { chance, burstEverySeconds } = this.#options;
    this.#burst = chance.pareto(burstAlpha, burstMax);
    this.#burstUntil = second + Math.min(120, Math.max(1, 4 * chance.logNormal(1)));
    this.#nextBurst = this.#burstUntil + chance.exponential(burstEverySeconds);
  }
}

function seasonal({ chance, days, dailySwing, busiestHour, weekend }: LevelOptions): Float64Array {
  const hours = days * 24 + 1;
  const driftPerDay = chance.uniform(-0.01, 0.015);
  const ofDay = Float64Array.from({ length: days + 2 }, () => chance.logNormal(0.1));
  return Float64Array.from({ length: hours }, (_, hour) => {
    const phase = ((hour - busiestHour) / 24) * 2 * Math.PI;
    // The second harmonic makes the night longer than the evening.
    const daily = 1 + dailySwing * (0.85 * Math.cos(phase) + 0.15 * Math.cos(2 * phase));
    const week = ((hour * hourSeconds) % weekSeconds) / daySeconds;
    const day = hour / 24;
    const between = ofDay[Math.floor(day)]! ** (1 - (day % 1)) * ofDay[Math.floor(day) + 1]! ** (day % 1);
    return daily * (week >= 5 ? weekend : 1) * between * (1 + driftPerDay * day);
  });
}
