/** What operators see of a baseline; plain data, for JSON. */
import { valueOf, logAt } from './buckets.ts';
import { Cells } from './cells.ts';
import type { Usual } from './estimate.ts';
import { hoursOfWeek, readSlot } from './season.ts';
import type { Store } from './store.ts';

export interface FeatureReport {
  readonly name: string;
  readonly usual: Usual | null;
  readonly isPinned: boolean;
  /** Median of each hour of the week, from Monday 00:00 UTC; null for an hour, or in all, that nothing is known of. */
  readonly hours: readonly (number | null)[] | null;
}

export interface TargetReport {
  readonly target: string;
  /** Since it was first seen, ms. */
  readonly ageMs: number;
  readonly isFrozen: boolean;
  /** Used up of the six hours for which learning can be held back, ms. */
  readonly frozenMs: number;
  /** Features that have the memory for every hour of the week. */
  readonly seasons: number;
  readonly features: readonly FeatureReport[];
}

const cells = new Cells();

/** Medians by hour of the week; null without a season. */
export function hoursOf(store: Store, row: number, offset: number): (number | null)[] | null {
  const season = store.rows.seasonOf(row);
  if (season === null) return null;
  return Array.from({ length: hoursOfWeek }, (_, hour) =>
    readSlot(store.pages, season, hour, cells) ? valueOf(logAt(cells.quantile(0.5)), offset) : null,
  );
}
