/**
 * Who has which memory. Targets, rows and seasons share `bytesMax`:
 *
 *     targetsMax · (384 + 4 · features)  +  pages · 3380      35 rows, or one season, to a page
 *
 * A row comes first, for every target; seasons get what is left, and where that is too little, the busiest targets have
 * them: one that is twice as busy takes over from the least busy one. What loses its season keeps one histogram over
 * all hours. A flood to many addresses cannot wash out what was learned: newcomers only take the place of newcomers,
 * or of a target that has been idle for a week.
 */
import { Cells } from './cells.ts';
import { Pages, slabBytes } from './pages.ts';
import { Rows } from './rows.ts';
import { addToSlot, anyHour, slotBytes, slotCount, sumOfSlots } from './season.ts';
import { dayMs, minuteMs, secondMs, Target, weekMs, weekOf } from './target.ts';

/** A target's object, name and place in the map, bytes; measured 330 with names of 15 characters. */
const targetBytes = 384;
const youngIdleMs = 10 * minuteMs;
/** How many places are made at once, and how soon the next search is worth its time. */
const evictedAtOnce = 64;
const searchEveryMs = 10 * secondMs;
/** How much busier a target must be than one whose season it takes. */
const takeoverFactor = 2;

export class Store {
  readonly targets = new Map<string, Target>();
  readonly pages: Pages;
  readonly rows: Rows;
  readonly #featureCount: number;
  readonly #targetsMax: number;
  /** Row of each feature of each target; zero or less: no row, and that many zeros seen. */
  #rowTable = new Int32Array(0);
  readonly #freeIndexes: number[] = [];
  #searchedMs = -Infinity;
  readonly #cells = new Cells();
  readonly #scratch = new Cells();

  constructor(featureCount: number, targetsMax: number, bytesMax: number) {
    this.#featureCount = featureCount;
    this.#targetsMax = targetsMax;
    const forTargets = targetsMax * (targetBytes + 4 * featureCount);
    if (bytesMax < forTargets + slabBytes)
      throw new RangeError(`baseline: ${targetsMax} targets need at least ${forTargets + slabBytes} bytes`);
    this.pages = new Pages(bytesMax - forTargets);
    this.rows = new Rows(this.pages);
  }

  /** What is held now; never more than `bytesMax`. */
  get bytes(): number {
    return this.targets.size * targetBytes + this.#rowTable.byteLength + this.pages.bytes;
  }

  /** A target's place, made where it has none; null where all are taken by others that have a right to them. */
  admit(name: string, wallMs: number): Target | null {
    const known = this.targets.get(name);
    if (known !== undefined) return known;
    if (this.targets.size >= this.#targetsMax) this.#makeRoom(wallMs);
    if (this.targets.size >= this.#targetsMax) return null;
    const target = new Target(name, this.#freeIndexes.pop() ?? this.targets.size, wallMs);
    this.#growTable(target.index);
    this.targets.set(name, target);
    return target;
  }

  remove(target: Target): void {
    for (let feature = 0; feature < this.#featureCount; feature += 1) {
      const row = this.rowOf(target, feature);
      if (row > 0) this.#giveRow(row);
      this.#setRow(target, feature, 0);
    }
    this.#freeIndexes.push(target.index);
    this.targets.delete(target.name);
  }

  /** Its row; zero or less where it has none: minus how often it was zero. */
  rowOf(target: Target, feature: number): number {
    return this.#rowTable[target.index * this.#featureCount + feature]!;
  }

  /** Its rows, without the features that have none. */
  rowsOf(target: Target): readonly number[] {
    const first = target.index * this.#featureCount;
    const rows: number[] = [];
    for (let feature = 0; feature < this.#featureCount; feature += 1) {
      const row = this.#rowTable[first + feature]!;
      if (row > 0) rows.push(row);
    }
    return rows;
  }

  /** The slots of a season as bytes. */
  slotsOf(page: number): Uint8Array {
    const from = this.pages.offsetOf(page);
    return this.pages.slabOf(page).u8.subarray(from, from + slotCount * slotBytes);
  }

  /** A row as it was kept; where there is no room for its season now, only its running hour. */
  restoreRow(target: Target, feature: number, kept: Uint8Array, season: Uint8Array | null): void {
    const row = this.makeRow(target, feature, 0);
    if (row === 0) return;
    this.rows.restore(row, kept);
    const page = season === null ? null : this.pages.take();
    if (page === null || season === null) return;
    this.slotsOf(page).set(season);
    this.rows.setSeason(row, page);
    target.seasons += 1;
  }

  /** Counts zeros of a feature that has no row. */
  addZeros(target: Target, feature: number, count: number): void {
    this.#setRow(target, feature, Math.max(-zerosMax, this.rowOf(target, feature) - count));
  }

  /** A row for a feature that has none, with `zeroBucket` for the zeros until now; 0 where there is no memory. */
  makeRow(target: Target, feature: number, zeroBucket: number): number {
    let row = this.rows.take();
    if (row === 0) {
      const holder = this.#leastBusy();
      if (holder !== null) this.#releaseSeasons(holder);
      row = this.rows.take();
      if (row === 0) return 0;
    }
    const zeros = -this.rowOf(target, feature);
    if (zeros > 0) {
      this.#cells.setBucket(zeroBucket, zeros);
      this.rows.writeMain(row, this.#cells);
    }
    this.rows.setWeek(row, weekOf(target.hour));
    this.#setRow(target, feature, row);
    return row;
  }

  /** Gives a season to each row of a target that has none, in the order of features, as far as there is memory. */
  attachSeasons(target: Target): void {
    for (let feature = 0; feature < this.#featureCount; feature += 1) {
      const row = this.rowOf(target, feature);
      if (row > 0 && this.rows.seasonOf(row) === null && !this.attachSeason(target, row)) return;
    }
  }

  /** What the row knew becomes what is known of any hour. */
  attachSeason(target: Target, row: number): boolean {
    let page = this.pages.take();
    if (page === null) {
      const holder = this.#leastBusy();
      if (holder === null || holder === target || holder.busy * takeoverFactor >= target.busy) return false;
      this.#releaseSeasons(holder);
      page = this.pages.take();
      if (page === null) return false;
    }
    this.rows.readMain(row, this.#cells);
    if (this.#cells.total() > 0)
      addToSlot(this.pages, page, anyHour, this.#cells, weekOf(target.hour), this.#scratch);
    this.rows.clearMain(row);
    this.rows.setSeason(row, page);
    target.seasons += 1;
    return true;
  }

  #releaseSeasons(target: Target): void {
    for (let feature = 0; feature < this.#featureCount; feature += 1) {
      const row = this.rowOf(target, feature);
      const page = row > 0 ? this.rows.seasonOf(row) : null;
      if (page === null) continue;
      const main = new Cells();
      this.rows.readMain(row, main);
      sumOfSlots(this.pages, page, this.#cells, this.#scratch);
      main.add(this.#cells);
      this.rows.writeMain(row, main);
      this.rows.setWeek(row, weekOf(target.hour));
      this.rows.setSeason(row, null);
      this.pages.give(page);
    }
    target.seasons = 0;
  }

  #leastBusy(): Target | null {
    let least: Target | null = null;
    for (const target of this.targets.values())
      if (target.seasons > 0 && (least === null || target.busy < least.busy)) least = target;
    return least;
  }

  #makeRoom(wallMs: number): void {
    if (Math.abs(wallMs - this.#searchedMs) < searchEveryMs) return;
    const idle = (target: Target): number => Math.abs(wallMs - target.seenMs);
    const all = [...this.targets.values()];
    const young = all.filter((target) => target.ageMs < dayMs && idle(target) >= youngIdleMs);
    const victims = young.length > 0 ? young : all.filter((target) => idle(target) >= weekMs);
    if (victims.length === 0) this.#searchedMs = wallMs;
    victims.sort((a, b) => idle(b) - idle(a));
    for (const victim of victims.slice(0, evictedAtOnce)) this.remove(victim);
  }

  #giveRow(row: number): void {
    const page = this.rows.seasonOf(row);
    if (page !== null) this.pages.give(page);
    this.rows.give(row);
  }

  #setRow(target: Target, feature: number, row: number): void {
    this.#rowTable[target.index * this.#featureCount + feature] = row;
  }

  #growTable(index: number): void {
    const needed = (index + 1) * this.#featureCount;
    if (needed <= this.#rowTable.length) return;
    const places = Math.min(this.#targetsMax, Math.max(64, 2 * (index + 1)));
    const table = new Int32Array(places * this.#featureCount);
    table.set(this.#rowTable);
    this.#rowTable = table;
  }
}

/** About two hours of one a second: enough to say that zero is usual, little enough to be outvoted in a day. */
const zerosMax = 8192;
