/** Builds an indicator set from the entries of feeds. */
import { planCatalog, writeCatalog } from './catalog.ts';
import type { IndicatorEntries } from './entries.ts';
import {
  lanesOf,
  layoutOf,
  lineBytes,
  writeHeader,
  type IndicatorAction,
  type Layout,
  type TableName,
} from './format.ts';
import { recordsOf } from './records.ts';
import { keySourcesOf, placeTables, someDrops, writeTable } from './tables.ts';
import { v6RecordWords } from './v6-order.ts';
import { v4KeysOf, type V4Keys } from './v4-keys.ts';
import { v6KeysOf } from './v6-keys.ts';

export { indicatorLimits } from './records.ts';

export interface IndicatorFeed {
  /** Stands in matches. */
  readonly name: string;
  readonly action: IndicatorAction;
  /** What the feed asks to be said about its origin. */
  readonly credit?: string;
  /** Repeated entries count once. */
  readonly entries: IndicatorEntries;
}

export interface IndicatorBuildOptions {
  /** RFC 3339. */
  readonly builtAt: string;
}

/**
 * The bytes of a set. The same feeds, in the same order, give the same bytes.
 *
 * Throws TG1007 for an entry that a set cannot hold (broader than /8 or, for IPv6, /16; in 0.0.0.0/8; the unspecified
 * address), TG1012 over `indicatorLimits`, TG1016 where keys cannot be placed.
 */
export function buildIndicatorSet(
  feeds: readonly IndicatorFeed[],
  options: IndicatorBuildOptions,
): Uint8Array {
  const records = recordsOf(feeds);
  const dropsOf = (feed: number): boolean => feeds[feed]!.action === 'drop';
  const v4 = v4KeysOf(records.v4, dropsOf);
  const sources = keySourcesOf(v4, v6KeysOf(records.v6, dropsOf));
  const placed = placeTables(sources);

  const tableDrops = (name: TableName): boolean => someDrops(sources[name]);
  const layout = layoutOf({
    tableLines: (name) => placed.tables[name].lines,
    present: (name) =>
      ({
        v4Touched: records.v4.length > 0,
        v4Covered: records.v4.length > 0,
        v4CoveredDrop: v4.coveredDrop !== null,
        v4ExactDrop: tableDrops('v4Exact'),
        v4BlockDrop: tableDrops('v4Block'),
        v6PrefixDrop: tableDrops('v6Prefix'),
        v6ExactDrop: tableDrops('v6Exact'),
      })[name],
  });
  const plan = planCatalog(layout.kernelLines * lineBytes, {
    builtAt: options.builtAt,
    feeds: feeds.map(({ name, action, credit }, index) => ({
      name,
      action,
      entries: records.perFeed[index]!,
      ...(credit === undefined ? {} : { credit }),
    })),
    v4: records.v4.length,
    v6: records.v6.length / v6RecordWords,
  });

  const bytes = new Uint8Array(plan.endOffset);
  const view = new DataView(bytes.buffer);
  const someDrop = feeds.some(({ action }, index) => action === 'drop' && records.perFeed[index]! > 0);
  writeHeader(view, layout, placed.seed, someDrop);
  writeBitmaps(bytes, layout, v4);
  for (const name of Object.keys(lanesOf) as TableName[]) {
    const place = { name, at: layout.regions[name].line * lineBytes, dropAt: dropOffset(layout, name) };
    writeTable(view, place, placed.tables[name], sources[name]);
  }
  writeCatalog(bytes, layout.kernelLines * lineBytes, plan, records);
  return bytes;
}

function writeBitmaps(bytes: Uint8Array, { regions }: Layout, v4: V4Keys): void {
  if (regions.v4Touched.lines > 0) {
    bytes.set(v4.touched, regions.v4Touched.line * lineBytes);
    bytes.set(v4.covered, regions.v4Covered.line * lineBytes);
  }
  if (v4.coveredDrop !== null) bytes.set(v4.coveredDrop, regions.v4CoveredDrop.line * lineBytes);
}

function dropOffset({ regions }: Layout, table: TableName): number | null {
  if (table === 'v6Root') return null;
  const { line, lines } = regions[`${table}Drop`];
  return lines === 0 ? null : line * lineBytes;
}
