/**
 * What is usual now, from what was seen at this and other hours of the week.
 *
 * Everything is weighed in *hours seen*. The hour of the week and its neighbours come first, with weights that fall in a
 * straight line from 1 at the present moment to 0 two hours away. The same hours of the other days stand in until this
 * day of the week was seen often enough: 1.25 hours of them at most while it was seen once, so that they outvote a
 * single odd day, and 0.25 from 1.6 hours (two weeks) on. Any other hour only counts for what is missing to half an hour.
 */
import { bucketCount, bucketsPerUnit, logAt, valueOf } from './buckets.ts';
import { cellCount, Cells } from './cells.ts';
import type { Pages } from './pages.ts';
import type { Answer } from './rows.ts';
import { readSlot, slotCount } from './season.ts';
import { dayMs, hourMs, hourOfWeek } from './target.ts';

/** How far an hour of the same name counts, hours. */
const reachHours = 2;
const otherDaysMost = 1.25;
const otherDaysLeast = 0.25;
/** Between so many hours seen on this day of the week the other days lose their say: once, and twice with decay. */
const onceSeen = 1;
const twiceSeen = 1.6;
const enoughHours = 0.5;
/** Quartiles of a normal distribution lie 1.349 standard deviations apart; one in a thousand lies above 3.09. */
const quartilesApart = 1.349;
const highDeviations = 3.09;
const highQuantile = 0.999;
/** `high` is what this share of the hours, by weight, stays below: one odd hour is no reason to expect another. */
const highAgreement = 2 / 3;
/** The same hour differs from day to day by about this much (ln): what few days cannot tell. */
const dayToDay = 0.15;
/** Before a time of day was seen, the daily swing is unknown: a factor of 3.5 between trough and peak has this rms (ln). */
const dailySwing = 0.45;

/** What is usual, values as they were given to `observe`. */
export interface Usual {
  readonly median: number;
  /** Robust standard deviation of ln(value + offset), wider the less is known. */
  readonly spread: number;
  /** About what one in a thousand observations exceeds. */
  readonly high: number;
  /** Effective number of observations behind it: old ones and those of other hours count less. */
  readonly count: number;
  /** Wall time since the first observation, ms. */
  readonly ageMs: number;
}

export interface Known {
  readonly pages: Pages;
  /** Page of the season, null without one. */
  readonly season: number | null;
  /** The running hour; everything where there is no season. */
  readonly main: Cells;
  readonly mainHour: number;
  readonly offset: number;
  readonly observationsPerHour: number;
  readonly ageMs: number;
}

/** What some slots hold, each with its weight. */
class Mixture {
  /** Weighted hours. */
  hours = 0;
  /** Weighted counts by bucket, coarse cells spread evenly; zero outside of `low` to `high`. */
  readonly counts = new Float64Array(bucketCount);
  low = bucketCount;
  high = -1;
  /** For each slot its weight and the value that one in a thousand exceeds, as a place on the scale of buckets. */
  readonly slots: { weight: number; high: number }[] = [];

  clear(): void {
    this.hours = 0;
    if (this.high >= 0) this.counts.fill(0, this.low, this.high + 1);
    this.low = bucketCount;
    this.high = -1;
    this.slots.length = 0;
  }

  add(from: Cells, weight: number, observationsPerHour: number): void {
    const hours = (weight * from.total()) / observationsPerHour;
    if (hours === 0) return;
    this.hours += hours;
    this.slots.push({ weight: hours, high: from.quantile(highQuantile) });
    const width = 1 << from.level;
    for (let cell = 0; cell < cellCount; cell += 1) {
      const count = from.counts[cell]!;
      if (count <= 0) continue;
      const first = (from.base + cell) * width;
      const end = Math.min(first + width, bucketCount);
      const each = (count * weight) / width;
      for (let at = first; at < end; at += 1) this.counts[at]! += each;
      this.#reach(first, end - 1);
    }
  }

  /** Adds as much of another mixture as makes so many hours. */
  fill(from: Mixture, hours: number): void {
    if (hours <= 0) return;
    const scale = hours / from.hours;
    this.hours += hours;
    for (const { weight, high } of from.slots) this.slots.push({ weight: weight * scale, high });
    for (let at = from.low; at <= from.high; at += 1) this.counts[at]! += from.counts[at]! * scale;
    this.#reach(from.low, from.high);
  }

  /** Places of the three quartiles, by interpolation. */
  quartiles(): readonly [number, number, number] {
    let total = 0;
    for (let at = this.low; at <= this.high; at += 1) total += this.counts[at]!;
    const places: [number, number, number] = [this.high + 1, this.high + 1, this.high + 1];
    let below = 0;
    let next = 0;
    for (let at = this.low; at <= this.high && next < 3; at += 1) {
      const count = this.counts[at]!;
      while (next < 3 && count > 0 && below + count >= ((next + 1) / 4) * total) {
        places[next] = at + (((next + 1) / 4) * total - below) / count;
        next += 1;
      }
      below += count;
    }
    return places;
  }

  /** What one in a thousand exceeds in as many of the slots as have to agree. */
  agreedHigh(): number {
    this.slots.sort((a, b) => a.high - b.high);
    let rest = highAgreement * this.hours;
    for (const { weight, high } of this.slots) {
      rest -= weight;
      if (rest <= 0) return high;
    }
    return this.slots.at(-1)?.high ?? 0;
  }

  #reach(low: number, high: number): void {
    if (low < this.low) this.low = low;
    if (high > this.high) this.high = high;
  }
}

/** Working memory, cleared at each call. */
const near = new Mixture();
const other = new Mixture();
const any = new Mixture();
const cells = new Cells();

/** Null where nothing is known. */
export function estimate(known: Known, wallMs: number): Answer | null {
  near.clear();
  other.clear();
  addSameTime(near, known, wallMs, 0, 0);
  addSameTime(other, known, wallMs, 1, 6);
  const seen = Math.min(1, Math.max(0, (near.hours - onceSeen) / (twiceSeen - onceSeen)));
  const otherHours = Math.min(other.hours, otherDaysMost + seen * (otherDaysLeast - otherDaysMost));
  near.fill(other, otherHours);
  const missing = enoughHours - near.hours;
  let anyHours = 0;
  if (missing > 0) {
    any.clear();
    addAnyTime(any, known);
    anyHours = Math.min(any.hours, missing);
    near.fill(any, anyHours);
  }
  return near.hours > 0 ? judge(known, near, anyHours) : null;
}

/** The hours around this time of day, on the days that are `fromDay` to `toDay` after today. */
function addSameTime(to: Mixture, known: Known, wallMs: number, fromDay: number, toDay: number): void {
  if (known.season === null) return;
  const now = wallMs / hourMs;
  for (let day = fromDay; day <= toDay; day += 1) {
    for (let hour = Math.floor(now) - reachHours; hour <= Math.floor(now) + reachHours; hour += 1) {
      // The four or five weights of a day add up to 2, which is one hour seen.
      const weight = (1 - Math.abs(now - hour - 0.5) / reachHours) / 2;
      if (weight <= 0) continue;
      if (readSlot(known.pages, known.season, hourOfWeek(hour + day * 24), cells))
        to.add(cells, weight, known.observationsPerHour);
      if (day === 0 && hour === known.mainHour) to.add(known.main, weight, known.observationsPerHour);
    }
  }
}

function addAnyTime(to: Mixture, known: Known): void {
  to.add(known.main, 1, known.observationsPerHour);
  if (known.season === null) return;
  for (let slot = 0; slot < slotCount; slot += 1)
    if (readSlot(known.pages, known.season, slot, cells)) to.add(cells, 1, known.observationsPerHour);
}

/** `anyHours` of it are not from this time of day; after a day they hold the daily swing themselves. */
function judge(known: Known, mixture: Mixture, anyHours: number): Answer {
  const unseenShare = (anyHours / mixture.hours) * Math.max(0, 1 - known.ageMs / dayMs);
  const [lower, median, upper] = mixture.quartiles();
  const seenSpread = (upper - lower) / bucketsPerUnit / quartilesApart;
  const spread = Math.sqrt(seenSpread ** 2 + dayToDay ** 2 / mixture.hours + dailySwing ** 2 * unseenShare);
  const log = logAt(median);
  const high = Math.max(logAt(mixture.agreedHigh()), log + highDeviations * spread);
  return {
    median: valueOf(log, known.offset),
    spread,
    high: valueOf(high, known.offset),
    count: mixture.hours * known.observationsPerHour,
  };
}

/** What is usual for a feature that was never anything but zero. */
export function usualZero(zeros: number, offset: number, observationsPerHour: number): Answer {
  const spread = dayToDay / Math.sqrt(zeros / observationsPerHour);
  const high = valueOf(Math.log(offset) + highDeviations * spread, offset);
  return { median: 0, spread, high, count: zeros };
}
