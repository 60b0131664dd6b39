/**
 * The hash tables of a set: every key placed, one seed for all of them, and as few lines as a load of 0.8 needs.
 */
import { TidegateError } from '../errors/tidegate-error.ts';
import { lanesOf, lineBytes, type TableName } from './format.ts';
import { hashKey, hashWord, swapBytes } from './hash.ts';
import { placeKeys } from './place.ts';
import type { V4Keys, WordKeys } from './v4-keys.ts';
import type { LongKeys, V6Keys, V6Roots } from './v6-keys.ts';

/** Share of the lanes that hold a key when the first seed fits. */
const load = 0.8;
/** Seeds tried before a table that has no room for its keys gets more lines. */
const seedsPerSize = 4;
const seedsMax = 16;

/** What a table is filled with, and how. */
interface KeySource {
  readonly count: number;
  hash(key: number, seed: number): number;
  /** Writes a key to the place of its lane. */
  write(view: DataView, offset: number, key: number): void;
  /** Whether a key drops; a root says so in its mask instead. */
  drops(key: number): boolean;
}

export type KeySources = Readonly<Record<TableName, KeySource>>;

export interface PlacedTable {
  readonly lines: number;
  /** Key number plus one for each lane, or 0. */
  readonly slots: Uint32Array;
}

export interface PlacedTables {
  readonly seed: number;
  readonly tables: Readonly<Record<TableName, PlacedTable>>;
}

const tableNames = Object.keys(lanesOf) as TableName[];

export const keySourcesOf = (v4: V4Keys, v6: V6Keys): KeySources => ({
  v4Exact: wordSource(v4.exact),
  v4Block: wordSource(v4.block),
  v6Root: rootSource(v6.roots),
  v6Prefix: longSource(v6.prefixes),
  v6Exact: longSource(v6.exact),
});

const wordSource = ({ keys, drops }: WordKeys): KeySource => ({
  count: keys.length,
  hash: (key, seed) => hashWord(keys[key]!, seed),
  write: (view, offset, key) => view.setUint32(offset, keys[key]!, true),
  drops: (key) => drops[key] === 1,
});

const rootSource = ({ keys, masks }: V6Roots): KeySource => ({
  count: keys.length,
  hash: (key, seed) => hashWord(keys[key]!, seed),
  write: (view, offset, key) => {
    view.setUint32(offset, keys[key]!, true);
    view.setUint32(offset + 4, masks[key]!, true);
  },
  drops: () => false,
});

const longSource = ({ words, drops }: LongKeys): KeySource => {
  const wordOf = (key: number, index: number): number => swapBytes(words[key * 4 + index]!);
  return {
    count: drops.length,
    hash: (key, seed) => hashKey(wordOf(key, 0), wordOf(key, 1), wordOf(key, 2), wordOf(key, 3), seed),
    write: (view, offset, key) => {
      for (let index = 0; index < 4; index++) view.setUint32(offset + index * 4, words[key * 4 + index]!);
    },
    drops: (key) => drops[key] === 1,
  };
};

/**
 * Places every key of every table. Seeds are counted up from one, so that the same keys give the same bytes. Throws
 * TG1016 where keys find no room with any of them.
 */
export function placeTables(sources: KeySources): PlacedTables {
  const lines = {} as Record<TableName, number>;
  for (const name of tableNames) lines[name] = Math.ceil(sources[name].count / (lanesOf[name] * load));
  const failures: Partial<Record<TableName, number>> = {};
  for (let attempt = 1; attempt <= seedsMax; attempt++) {
    const seed = Math.imul(attempt, 0x9e3779b1) >>> 0;
    const result = placeAll(sources, lines, seed);
    if (typeof result !== 'string') return { seed, tables: result };
    const failed = (failures[result] ?? 0) + 1;
    failures[result] = failed;
    if (failed % seedsPerSize === 0) lines[result] = Math.ceil(lines[result] * 1.25);
  }
  const names = Object.keys(failures).join(', ');
  throw new TidegateError(
    'TG1016',
    `Keys of ${names} find no room with any of ${seedsMax} seeds: too many of them share one hash.`,
  );
}

/** All tables with one seed, or the name of the first one that has no room. */
function placeAll(
  sources: KeySources,
  lines: Readonly<Record<TableName, number>>,
  seed: number,
): Record<TableName, PlacedTable> | TableName {
  const tables = {} as Record<TableName, PlacedTable>;
  for (const name of tableNames) {
    const source = sources[name];
    const hashes = new Uint32Array(source.count);
    for (let key = 0; key < source.count; key++) hashes[key] = source.hash(key, seed);
    const slots = placeKeys(hashes, lines[name], lanesOf[name]);
    if (slots === null) return name;
    tables[name] = { lines: lines[name], slots };
  }
  return tables;
}

/** Whether some key in a table drops, so that its bits are worth their lines. */
export function someDrops(source: KeySource): boolean {
  for (let key = 0; key < source.count; key++) if (source.drops(key)) return true;
  return false;
}

/** Writes the keys of a table at its first byte and, where there are any, the bits of those that drop. */
export function writeTable(
  view: DataView,
  table: { readonly name: TableName; readonly at: number; readonly dropAt: number | null },
  placed: PlacedTable,
  source: KeySource,
): void {
  const laneBytes = lineBytes / lanesOf[table.name];
  for (const [slot, keyPlusOne] of placed.slots.entries()) {
    if (keyPlusOne === 0) continue;
    source.write(view, table.at + slot * laneBytes, keyPlusOne - 1);
    if (table.dropAt === null || !source.drops(keyPlusOne - 1)) continue;
    const at = table.dropAt + (slot >>> 3);
    view.setUint8(at, view.getUint8(at) | (1 << (slot & 7)));
  }
}
