/**
 * What stands between a stranger's list and our packets. An entry that cannot be right is left out, and the report says
 * how many and why; a load that looks broken as a whole is refused.
 */
import { formatAddress, IndicatorEntries } from '@tidegate/schemas';
import { bogonPrefixes, documentationPrefixes } from './bogons.ts';
import type { FeedReading } from './parser.ts';
import { PrefixRanges, type Overlap } from './ranges.ts';

export interface FeedGuards {
  /** The fleet's own prefixes: no entry may overlap them. */
  readonly protectedPrefixes: readonly string[];
  /** Prefixes that are never to be touched. */
  readonly safelist: readonly string[];
  /**
   * Whether documentation prefixes pass, for tests and labs.
   *
   * @default false
   */
  readonly allowDocumentation?: boolean;
  /**
   * Whether a list without entries is a valid one.
   *
   * @default false
   */
  readonly allowEmpty?: boolean;
  /**
   * Least share of the last good count.
   *
   * @default 0.5
   */
  readonly shrinkShareMin?: number;
  /**
   * Greatest multiple of the last good count.
   *
   * @default 3
   */
  readonly growthMax?: number;
}

export type StripReason =
  | 'too-broad'
  | 'bogon'
  | 'contains-bogon'
  | 'protected'
  | 'contains-protected'
  | 'safelisted'
  | 'contains-safelisted';

/** By reason: how many entries were left out, and the first of them. */
export type StripReport = Readonly<
  Partial<Record<StripReason, { readonly count: number; readonly examples: readonly string[] }>>
>;

export interface StrippedEntries {
  readonly kept: IndicatorEntries;
  readonly stripped: StripReport;
}

/** Broader entries are refused. */
const lengthMin = { v4: 8, v6: 16 } as const;
/** Below this many entries a list may halve or triple for no reason. */
const changeBoundFrom = 100;
const examplesMax = 5;

/** Leaves out what must not be in any list. Throws TG1007 where a guard itself is no prefix. */
export function stripEntries(entries: IndicatorEntries, guards: FeedGuards): StrippedEntries {
  const bogons = guards.allowDocumentation === true ? [] : documentationPrefixes;
  const sets: readonly [PrefixRanges, StripReason, StripReason][] = [
    [new PrefixRanges([...bogonPrefixes, ...bogons]), 'bogon', 'contains-bogon'],
    [new PrefixRanges(guards.protectedPrefixes), 'protected', 'contains-protected'],
    [new PrefixRanges(guards.safelist), 'safelisted', 'contains-safelisted'],
  ];
  const reasonOf = (overlapWith: (ranges: PrefixRanges) => Overlap): StripReason | null => {
    for (const [ranges, inside, contains] of sets) {
      const overlap = overlapWith(ranges);
      if (overlap !== 'apart') return overlap === 'inside' ? inside : contains;
    }
    return null;
  };
  const kept = new IndicatorEntries();
  const report = new Report();
  entries.eachV4((address, length) => {
    const reason = length < lengthMin.v4 ? 'too-broad' : reasonOf((ranges) => ranges.v4(address, length));
    if (reason === null) kept.addV4(address, length);
    else report.add(reason, () => prefixText([0, 0, 0xffff, address], length));
  });
  entries.eachV6((a, b, c, d, length) => {
    const address = (BigInt(a) << 96n) | (BigInt(b) << 64n) | (BigInt(c) << 32n) | BigInt(d);
    const reason = length < lengthMin.v6 ? 'too-broad' : reasonOf((ranges) => ranges.v6(address, length));
    if (reason === null) kept.addV6(a, b, c, d, length);
    else report.add(reason, () => prefixText([a, b, c, d], length));
  });
  return { kept, stripped: report.byReason };
}

class Report {
  readonly byReason: Partial<Record<StripReason, { count: number; examples: string[] }>> = {};

  add(reason: StripReason, text: () => string): void {
    const group = (this.byReason[reason] ??= { count: 0, examples: [] });
    group.count++;
    if (group.examples.length < examplesMax) group.examples.push(text());
  }
}

function prefixText(words: readonly number[], length: number): string {
  const bytes = new Uint8Array(16);
  words.forEach((word, index) => new DataView(bytes.buffer).setUint32(index * 4, word));
  return `${formatAddress(bytes)}/${length}`;
}

/**
 * Why a load must not take the place of the one before, or null where it may.
 *
 * @param kept Entries that the guards left.
 * @param lastGoodCount The same of the last good copy; null where there is none.
 */
export function refusalOf(
  reading: FeedReading,
  kept: number,
  lastGoodCount: number | null,
  guards: FeedGuards,
): string | null {
  const read = reading.entries.size + reading.rejected.count + reading.skipped;
  if (reading.announced !== null && read < reading.announced) {
    return `was cut: it announces ${reading.announced} entries and has ${read}`;
  }
  if (kept === 0) {
    // An error page is no empty list.
    if (guards.allowEmpty === true && reading.rejected.count === 0) return null;
    return `has no entry left (${reading.entries.size} read, ${reading.rejected.count} lines rejected)`;
  }
  if (lastGoodCount === null || lastGoodCount < changeBoundFrom) return null;
  const share = kept / lastGoodCount;
  const [least, greatest] = [guards.shrinkShareMin ?? 0.5, guards.growthMax ?? 3];
  if (share < least) return `shrank from ${lastGoodCount} to ${kept} entries, below the share of ${least}`;
  if (share > greatest) return `grew from ${lastGoodCount} to ${kept} entries, more than ${greatest} times`;
  return null;
}
