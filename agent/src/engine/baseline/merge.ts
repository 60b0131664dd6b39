/**
 * Adds what another baseline knows of a target: histograms add up, hour by hour of the week, the older side counting as
 * much less as the weeks between demand. What the other one had not learned yet, at most a minute, is left out.
 */
import { Cells } from './cells.ts';
import { closeHour } from './learn.ts';
import { addToSlot, anyHour, readSlot, slotCount, sumOfSlots, weekOfSlot } from './season.ts';
import type { Store } from './store.ts';
import { hourOfWeek, weekOf, type Target } from './target.ts';

const theirs = new Cells();
const ours = new Cells();
const scratch = new Cells();

interface Side {
  readonly store: Store;
  readonly target: Target;
}

/** `feature` is where ours is, `zeroBucket` the bucket of its zero, `other` where the other one has it. */
interface Pair {
  readonly feature: number;
  readonly other: number;
  readonly zeroBucket: number;
}

export function mergeTarget(into: Side, from: Side, pairs: readonly Pair[]): void {
  if (into.target.hour < from.target.hour) closeHour(into.store, into.target, from.target.hour);
  for (const pair of pairs) mergeRow(into, from, pair);
  const [a, b] = [into.target, from.target];
  a.firstMs = Math.min(a.firstMs, b.firstMs);
  a.markMs = Math.max(a.markMs, b.markMs);
  a.seenMs = a.markMs;
  a.frozenMs = Math.max(a.frozenMs, b.frozenMs);
  a.busy += b.busy;
}

function mergeRow(into: Side, from: Side, { feature, other, zeroBucket }: Pair): void {
  const { store, target } = into;
  const otherRow = from.store.rowOf(from.target, other);
  let row = store.rowOf(target, feature);
  if (otherRow <= 0) {
    if (row <= 0) store.addZeros(target, feature, -otherRow);
    else if (otherRow < 0) addToRow(into, row, setZeros(zeroBucket, -otherRow), null);
    return;
  }
  if (row <= 0) row = store.makeRow(target, feature, zeroBucket);
  if (row === 0) return;
  from.store.rows.readMain(otherRow, theirs);
  const otherSeason = from.store.rows.seasonOf(otherRow);
  if (otherSeason !== null && store.rows.seasonOf(row) === null) store.attachSeason(target, row);
  addToRow(into, row, theirs, otherSeason === null ? null : from.target.hour);
  if (otherSeason !== null) mergeSeason(into, row, from.store, otherSeason);
  store.rows.forgetAnswer(row);
}

/** `hour` is the one that the cells are about; null for any. */
function addToRow({ store, target }: Side, row: number, cells: Cells, hour: number | null): void {
  if (cells.total() === 0) return;
  const season = store.rows.seasonOf(row);
  if (season !== null && hour !== target.hour) {
    const slot = hour === null ? anyHour : hourOfWeek(hour);
    addToSlot(store.pages, season, slot, cells, weekOf(hour ?? target.hour), scratch);
    return;
  }
  store.rows.readMain(row, ours);
  ours.add(cells);
  store.rows.writeMain(row, ours);
}

function mergeSeason(into: Side, row: number, from: Store, otherSeason: number): void {
  const season = into.store.rows.seasonOf(row);
  if (season === null) {
    sumOfSlots(from.pages, otherSeason, theirs, scratch);
    addToRow(into, row, theirs, null);
    return;
  }
  for (let slot = 0; slot < slotCount; slot += 1)
    if (readSlot(from.pages, otherSeason, slot, theirs))
      addToSlot(into.store.pages, season, slot, theirs, weekOfSlot(from.pages, otherSeason, slot), scratch);
}

function setZeros(bucket: number, count: number): Cells {
  theirs.setBucket(bucket, count);
  return theirs;
}
