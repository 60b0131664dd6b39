/**
 * The layout of an indicator set ("TGI1"): little endian, in lines of 64 bytes, a size that one cache line and one
 * value of the kernel's array map share.
 *
 * Lines 0 and 1 are the header. The regions follow in the order of `regionNames`, without gaps; a region that nothing
 * needs is absent, and its line is 0. After the last region comes the catalog (see catalog.ts).
 */
export const indicatorMagic = 0x31494754;
export const indicatorVersion = 1;
export const lineBytes = 64;
export const headerLines = 2;

/** What a feed's entries do: leave evidence, or block where the policy says so. */
export type IndicatorAction = 'count' | 'drop';
/** Drop if any matching entry says so, else count if any matches. */
export type IndicatorVerdict = 'none' | IndicatorAction;

/** Shortest prefixes that a set takes: what is broader is a mistake of the feed. */
export const lengthMin = { 4: 8, 6: 16 } as const;

/** IPv6 prefixes of 33 to 120 bits are kept at every fourth length. */
export const strideBits = 4;
export const strideMin = 36;
export const strideMax = 120;
/** Bits of a root's mask: covered; covered with drop; from 2 on a stride each; an exact address. */
export const rootBit = { covered: 0, coveredDrop: 1, firstStride: 2, exact: 24 } as const;

/** Words of the header beside those of the regions. */
export const headerWord = { magic: 0, version: 1, kernelLines: 2, seed: 3, flags: 15 } as const;
/** Words from here to the end of line 1 are zero. */
export const reservedFrom = 22;
/** The only bit of the flags: some entry has the verdict drop. */
export const flagSomeDrop = 1;

/** One bit for each /24. */
const bitmapLines = 2 ** 24 / 8 / lineBytes;
/** Keys in one line of a table. */
export const lanesOf = { v4Exact: 16, v4Block: 16, v6Root: 8, v6Prefix: 4, v6Exact: 4 } as const;
export type TableName = keyof typeof lanesOf;

export type RegionName =
  | TableName
  | 'v4Touched'
  | 'v4Covered'
  | 'v4CoveredDrop'
  | 'v4ExactDrop'
  | 'v4BlockDrop'
  | 'v6PrefixDrop'
  | 'v6ExactDrop';

interface RegionForm {
  readonly name: RegionName;
  /** Word of the header that holds the first line. */
  readonly lineWord: number;
  /** A table holds its number of lines in this word; every other region's size follows. */
  readonly linesWord?: number;
  /** The table whose lanes the bits of this region belong to. */
  readonly bitsOf?: TableName;
}

/** In the order in which they lie. */
const regionForms: readonly RegionForm[] = [
  { name: 'v4Touched', lineWord: 4 },
  { name: 'v4Covered', lineWord: 5 },
  { name: 'v4CoveredDrop', lineWord: 6 },
  { name: 'v4Exact', lineWord: 7, linesWord: 8 },
  { name: 'v4ExactDrop', lineWord: 18, bitsOf: 'v4Exact' },
  { name: 'v4Block', lineWord: 9, linesWord: 10 },
  { name: 'v4BlockDrop', lineWord: 19, bitsOf: 'v4Block' },
  { name: 'v6Root', lineWord: 11, linesWord: 12 },
  { name: 'v6Prefix', lineWord: 13, linesWord: 14 },
  { name: 'v6PrefixDrop', lineWord: 20, bitsOf: 'v6Prefix' },
  { name: 'v6Exact', lineWord: 16, linesWord: 17 },
  { name: 'v6ExactDrop', lineWord: 21, bitsOf: 'v6Exact' },
];

export interface Region {
  /** First line; 0 where the region is absent. */
  readonly line: number;
  readonly lines: number;
}

export interface Layout {
  /** Lines of the kernel part, header included. */
  readonly kernelLines: number;
  readonly regions: Readonly<Record<RegionName, Region>>;
}

/** What decides the layout: the lines of each table, and which of the other regions are there. */
export interface LayoutChoice {
  tableLines(name: TableName): number;
  present(name: Exclude<RegionName, TableName>): boolean;
}

const isTable = (name: RegionName): name is TableName => name in lanesOf;

/** The one layout that a choice has. */
export function layoutOf(choice: LayoutChoice): Layout {
  const regions = {} as Record<RegionName, Region>;
  let next = headerLines;
  for (const { name, bitsOf } of regionForms) {
    let lines = 0;
    if (isTable(name)) lines = choice.tableLines(name);
    else if (choice.present(name)) lines = bitsOf === undefined ? bitmapLines : dropLines(regions, bitsOf);
    regions[name] = { line: lines === 0 ? 0 : next, lines };
    next += lines;
  }
  return { kernelLines: next, regions };
}

const dropLines = (regions: Readonly<Record<RegionName, Region>>, table: TableName): number =>
  Math.ceil((regions[table].lines * lanesOf[table]) / (lineBytes * 8));

/** Writes the header of a layout into zeroed bytes. */
export function writeHeader(view: DataView, layout: Layout, seed: number, someDrop: boolean): void {
  const set = (word: number, value: number): void => view.setUint32(word * 4, value, true);
  set(headerWord.magic, indicatorMagic);
  set(headerWord.version, indicatorVersion);
  set(headerWord.kernelLines, layout.kernelLines);
  set(headerWord.seed, seed);
  set(headerWord.flags, someDrop ? flagSomeDrop : 0);
  for (const { name, lineWord, linesWord } of regionForms) {
    set(lineWord, layout.regions[name].line);
    if (linesWord !== undefined) set(linesWord, layout.regions[name].lines);
  }
}

/**
 * The layout that a header claims, or null where it is not the one that follows from its own sizes. The words must
 * be there; whether the lines are, is the caller's question.
 */
export function readLayout(view: DataView): Layout | null {
  const wordOf = (word: number): number => view.getUint32(word * 4, true);
  const formOf = (name: RegionName): RegionForm => regionForms.find((form) => form.name === name)!;
  const layout = layoutOf({
    tableLines: (name) => wordOf(formOf(name).linesWord!),
    present: (name) => wordOf(formOf(name).lineWord) !== 0,
  });
  const agrees = regionForms.every(({ name, lineWord }) => layout.regions[name].line === wordOf(lineWord));
  return agrees && layout.kernelLines === wordOf(headerWord.kernelLines) ? layout : null;
}
