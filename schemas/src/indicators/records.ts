/**
 * The entries of all feeds in one sorted list for each family: what the catalog holds, and what the keys are made of.
 *
 * Refuses, naming feed and entry, what the format cannot hold, and bounds what a set may grow to.
 */
import { TidegateError } from '../errors/tidegate-error.ts';
import { formatAddress } from '../net/address.ts';
import type { IndicatorEntries } from './entries.ts';
import { lengthMin, strideMax } from './format.ts';
import { sameWords, sortedOrder, v6RecordWords } from './v6-order.ts';

export const indicatorLimits = {
  /** A feed's number has one byte, and 255 stays free. */
  feedsMax: 255,
  /** Entries of all feeds together. */
  entriesMax: 4_000_000,
  /** Keys that the entries become: a /16 of IPv6 alone takes 65,536. */
  keysMax: 8_000_000,
} as const;

export interface NamedEntries {
  readonly name: string;
  readonly entries: IndicatorEntries;
}

export interface IndicatorRecords {
  /** Ascending, each once: address × 65536 + length × 256 + feed. */
  readonly v4: Float64Array;
  /** Ascending, each once, `v6RecordWords` words: the address in network order, and length × 256 + feed. */
  readonly v6: Uint32Array;
  /** Records of each feed, in the order of the feeds. */
  readonly perFeed: readonly number[];
}

export function recordsOf(feeds: readonly NamedEntries[]): IndicatorRecords {
  const total = feeds.reduce((sum, { entries }) => sum + entries.size, 0);
  if (feeds.length > indicatorLimits.feedsMax) tooMany('feeds', feeds.length, indicatorLimits.feedsMax);
  if (total > indicatorLimits.entriesMax) tooMany('entries', total, indicatorLimits.entriesMax);
  const v4 = sortedV4(feeds);
  const v6 = sortedV6(feeds);
  const keys = countKeys(v4, v6);
  if (keys > indicatorLimits.keysMax) tooMany('keys', keys, indicatorLimits.keysMax);
  const perFeed = feeds.map(() => 0);
  for (const record of v4) perFeed[record % 256]!++;
  for (let at = 4; at < v6.length; at += v6RecordWords) perFeed[v6[at]! & 0xff]!++;
  return { v4, v6, perFeed };
}

function tooMany(what: string, count: number, max: number): never {
  throw new TidegateError(
    'TG1012',
    `An indicator set holds at most ${max} ${what}; these would be ${count}.`,
  );
}

function sortedV4(feeds: readonly NamedEntries[]): Float64Array {
  const records = new Float64Array(feeds.reduce((sum, { entries }) => sum + entries.v4Count, 0));
  let count = 0;
  for (const [feed, { name, entries }] of feeds.entries()) {
    entries.eachV4((address, length) => {
      checkV4(name, address, length);
      records[count++] = address * 65536 + length * 256 + feed;
    });
  }
  records.sort();
  let kept = 0;
  for (const record of records) if (kept === 0 || records[kept - 1] !== record) records[kept++] = record;
  return records.subarray(0, kept);
}

function checkV4(feed: string, address: number, length: number): void {
  const problem = !(length >= lengthMin[4] && length <= 32)
    ? `is not of ${lengthMin[4]} to 32 bits`
    : address < 2 ** 24
      ? 'lies in 0.0.0.0/8, which is no source of packets'
      : address % 2 ** (32 - length) !== 0
        ? 'has host bits set'
        : null;
  if (problem === null) return;
  const dotted = [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
  throw new TidegateError('TG1007', `Feed ${feed}: ${dotted}/${length} ${problem}.`);
}

function sortedV6(feeds: readonly NamedEntries[]): Uint32Array {
  const total = feeds.reduce((sum, { entries }) => sum + entries.v6Count, 0);
  const records = new Uint32Array(total * v6RecordWords);
  let end = 0;
  for (const [feed, { name, entries }] of feeds.entries()) {
    entries.eachV6((a, b, c, d, length) => {
      checkV6(name, [a, b, c, d], length);
      records[end] = a;
      records[end + 1] = b;
      records[end + 2] = c;
      records[end + 3] = d;
      records[end + 4] = length * 256 + feed;
      end += v6RecordWords;
    });
  }
  const sorted = new Uint32Array(records.length);
  let kept = 0;
  for (const record of sortedOrder(records)) {
    const from = record * v6RecordWords;
    const before = kept - v6RecordWords;
    const repeated =
      kept > 0 && sorted[before + 4] === records[from + 4] && sameWords(sorted, before, records, from);
    if (repeated) continue;
    for (let word = 0; word < v6RecordWords; word++) sorted[kept + word] = records[from + word]!;
    kept += v6RecordWords;
  }
  return sorted.subarray(0, kept);
}

function checkV6(feed: string, words: Words, length: number): void {
  const [a, b, c, d] = words;
  const problem = !(length >= lengthMin[6] && length <= 128)
    ? `is not of ${lengthMin[6]} to 128 bits`
    : hasHostBits(words, length)
      ? 'has host bits set'
      : a === 0 && b === 0 && c === 0xffff && length >= 96
        ? 'is IPv4 in IPv6 clothes'
        : (a | b | c | d) === 0 && length > strideMax
          ? 'holds the unspecified address, which stands for an empty place'
          : null;
  if (problem === null) return;
  const bytes = new Uint8Array(16);
  words.forEach((word, index) => new DataView(bytes.buffer).setUint32(index * 4, word));
  throw new TidegateError('TG1007', `Feed ${feed}: ${formatAddress(bytes)}/${length} ${problem}.`);
}

type Words = readonly [number, number, number, number];

const hasHostBits = (words: Words, length: number): boolean =>
  words.some((word, index) => {
    const free = Math.min(32, Math.max(0, (index + 1) * 32 - length));
    return word % 2 ** free !== 0;
  });

/** How many keys the records become, those that two records share counted twice. */
function countKeys(v4: Float64Array, v6: Uint32Array): number {
  let keys = 0;
  for (const record of v4) {
    const length = Math.floor(record / 256) & 0xff;
    if (length > 24) keys += 2 ** ((length > 28 ? 32 : 28) - length);
  }
  for (let at = 4; at < v6.length; at += v6RecordWords) {
    const length = v6[at]! >>> 8;
    if (length <= 32) keys += 2 ** (32 - length);
    else keys += 2 ** (length > strideMax ? 128 - length : (128 - length) % 4);
  }
  return keys;
}
