/**
 * What is usual in each hour of the week: a page of 168 slots and one for what was seen at any hour before the page was
 * given out. A slot holds sixteen cells whose counts are bytes on a logarithmic scale, and the week it was last written.
 *
 * Once a week an hour is added to its slot and what was there is multiplied by 0.6. So a slot holds at most 2.5 hours,
 * one odd hour is at most 0.4 of it, and after two weeks on a new level the new one has 1.6 against 0.9: the majority.
 */
import { codeOfCount, countOfCode } from './buckets.ts';
import { cellCount, levelMax, type Cells } from './cells.ts';
import type { Pages } from './pages.ts';

export const hoursOfWeek = 168;
export const slotCount = hoursOfWeek + 1;
/** What was seen at any hour: the last slot. */
export const anyHour = slotCount - 1;
/** u16 head (0 empty, else 1 + level · 1024 + base), u8 week, u8 unused, 16 counts. */
export const slotBytes = 4 + cellCount;
const weeklyDecay = 0.6;
/**
 * A slot ages at most this much at once: a machine that was away for months, or a clock that is a year ahead for a
 * minute, must not wipe out what is known.
 */
const agedWeeksMax = 2;

export const headOf = (cells: Cells): number => 1 + cells.level * 1024 + cells.base;

/** Sets level and base from a head; a head that nothing wrote is brought into range. */
export function applyHead(cells: Cells, head: number): void {
  cells.level = Math.min(levelMax, (head - 1) >>> 10);
  cells.base = Math.min((head - 1) & 1023, 639 >> cells.level);
}

/** Seen from `to`, which may lie behind where the clock was set back; weeks are kept modulo 256. */
export function decayBetween(from: number, to: number): number {
  const weeks = ((to - from + 128) & 255) - 128;
  return weeklyDecay ** Math.min(agedWeeksMax, Math.max(0, weeks));
}

/** False, and empty cells, where nothing was ever put in. */
export function readSlot(pages: Pages, page: number, slot: number, into: Cells): boolean {
  const { u8, u16 } = pages.slabOf(page);
  const at = pages.offsetOf(page) + slot * slotBytes;
  const head = u16[at >> 1]!;
  if (head === 0) {
    into.clear();
    return false;
  }
  applyHead(into, head);
  for (let cell = 0; cell < cellCount; cell += 1) into.counts[cell] = countOfCode(u8[at + 4 + cell]!);
  return true;
}

export function weekOfSlot(pages: Pages, page: number, slot: number): number {
  return pages.slabOf(page).u8[pages.offsetOf(page) + slot * slotBytes + 2]!;
}

function writeSlot(pages: Pages, page: number, slot: number, cells: Cells, week: number): void {
  const { u8, u16 } = pages.slabOf(page);
  const at = pages.offsetOf(page) + slot * slotBytes;
  u16[at >> 1] = headOf(cells);
  u8[at + 2] = week & 255;
  for (let cell = 0; cell < cellCount; cell += 1) u8[at + 4 + cell] = codeOfCount(cells.counts[cell]!);
}

/** Adds to a slot what was seen in `week`; the older of the two counts less. `scratch` is overwritten. */
export function addToSlot(
  pages: Pages,
  page: number,
  slot: number,
  cells: Cells,
  week: number,
  scratch: Cells,
): void {
  const isKnown = readSlot(pages, page, slot, scratch);
  const before = weekOfSlot(pages, page, slot);
  if (isKnown) scratch.scale(decayBetween(before, week));
  const isLate = isKnown && decayBetween(week, before) < 1;
  scratch.add(cells, isLate ? decayBetween(week, before) : 1);
  scratch.refine();
  writeSlot(pages, page, slot, scratch, isLate ? before : week);
}

/** Everything a season holds, over all hours. */
export function sumOfSlots(pages: Pages, page: number, into: Cells, scratch: Cells): void {
  into.clear();
  for (let slot = 0; slot < slotCount; slot += 1) if (readSlot(pages, page, slot, scratch)) into.add(scratch);
}
