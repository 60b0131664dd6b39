/** How what was observed moves on as time goes by: from the newer piece to the older, to the running hour, to its slot. */
import { Cells } from './cells.ts';
import { addToSlot } from './season.ts';
import type { Store } from './store.ts';
import { hourMs, hourOf, hourOfWeek, weekOf, type Target } from './target.ts';

const main = new Cells();
const scratch = new Cells();

/** Brings a target to the present. */
export function advance(store: Store, target: Target, wallMs: number): void {
  const { shift, forget } = target.advance(wallMs);
  if (forget) forgetHour(store, target);
  for (let turn = 0; turn < shift; turn += 1) {
    // A piece that begins in one hour and ends in the next belongs to the first one, with up to 30 s of the second.
    const hour = hourOf(target.olderMs);
    if (hour !== target.hour) closeHour(store, target, hour);
    for (const row of store.rowsOf(target)) store.rows.shiftPieces(row);
    target.olderMs = target.newerMs;
    target.newerMs = target.pieceOf(wallMs);
  }
}

/** Puts the running hour into its slot and begins another one. */
export function closeHour(store: Store, target: Target, hour: number): void {
  for (const row of store.rowsOf(target)) {
    const season = store.rows.seasonOf(row);
    if (season === null) {
      store.rows.fadeMain(row, weekOf(hour));
      continue;
    }
    store.rows.readMain(row, main);
    if (main.total() > 0)
      addToSlot(store.pages, season, hourOfWeek(target.hour), main, weekOf(target.hour), scratch);
    store.rows.clearMain(row);
  }
  target.busy = (target.busy + target.busySum) / 2;
  target.busySum = 0;
  target.hour = hour;
  // A target that is seen for the first time may be one of thousands that somebody aims at once.
  if (target.ageMs >= hourMs) store.attachSeasons(target);
}

export function dropPieces(store: Store, target: Target): void {
  for (const row of store.rowsOf(target)) store.rows.dropPieces(row);
}

/** What the clock said was wrong: which hour this was nobody knows. */
function forgetHour(store: Store, target: Target): void {
  dropPieces(store, target);
  for (const row of store.rowsOf(target)) if (store.rows.seasonOf(row) !== null) store.rows.clearMain(row);
}
