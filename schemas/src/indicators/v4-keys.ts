/**
 * IPv4 entries as the kernel looks them up: two bitmaps of /24s, exact addresses, and /28s.
 *
 * A /24 that nothing touches ends the look-up at its first bit. Prefixes of 25 to 28 bits become /28s, those of 29
 * to 31 bits become addresses: at most eight keys for an entry.
 */
import { Column, floatColumn } from './column.ts';

export interface V4Keys {
  /** One bit for each /24 that an entry lies in or covers. */
  readonly touched: Uint8Array;
  /** One bit for each /24 that a prefix covers as a whole. */
  readonly covered: Uint8Array;
  /** The same for prefixes with drop; null where there is none. */
  readonly coveredDrop: Uint8Array | null;
  readonly exact: WordKeys;
  readonly block: WordKeys;
}

/** 32-bit keys in ascending order, each once, and 1 for each that drops. */
export interface WordKeys {
  readonly keys: Uint32Array;
  readonly drops: Uint8Array;
}

const slash24Bytes = 2 ** 24 / 8;

/**
 * @param records Sorted: address × 65536 + length × 256 + feed.
 * @param dropsOf Whether a feed drops.
 */
export function v4KeysOf(records: Float64Array, dropsOf: (feed: number) => boolean): V4Keys {
  const touched = new Uint8Array(slash24Bytes);
  const covered = new Uint8Array(slash24Bytes);
  let coveredDrop: Uint8Array | null = null;
  const exact = floatColumn();
  const block = floatColumn();
  for (const record of records) {
    const address = Math.floor(record / 65536);
    const length = Math.floor(record / 256) & 0xff;
    const drops = dropsOf(record % 256);
    const slash24 = address >>> 8;
    if (length <= 24) {
      const count = 2 ** (24 - length);
      setBits(touched, slash24, count);
      setBits(covered, slash24, count);
      if (drops) setBits((coveredDrop ??= new Uint8Array(slash24Bytes)), slash24, count);
      continue;
    }
    setBits(touched, slash24, 1);
    if (length > 28) pushKeys(exact, address, 2 ** (32 - length), 1, drops);
    else pushKeys(block, address, 2 ** (28 - length), 16, drops);
  }
  return { touched, covered, coveredDrop, exact: wordKeys(exact), block: wordKeys(block) };
}

function pushKeys(
  column: Column<Float64Array>,
  first: number,
  count: number,
  step: number,
  drops: boolean,
): void {
  for (let index = 0; index < count; index++) column.push((first + index * step) * 2 + (drops ? 1 : 0));
}

/** Sets bits from a start that is a multiple of their number, a power of two. */
function setBits(bits: Uint8Array, start: number, count: number): void {
  if (count >= 8) bits.fill(0xff, start >>> 3, (start + count) >>> 3);
  else bits[start >>> 3]! |= ((1 << count) - 1) << (start & 7);
}

/** Keys × 2 + drop, in any order, as keys of which each is there once. */
function wordKeys(column: Column<Float64Array>): WordKeys {
  const sorted = column.values().sort();
  const keys = new Uint32Array(sorted.length);
  const drops = new Uint8Array(sorted.length);
  let count = 0;
  for (const value of sorted) {
    const key = Math.floor(value / 2);
    if (count > 0 && keys[count - 1] === key) count--;
    keys[count] = key;
    // The drop of a key is sorted behind its count and so has the last word.
    drops[count++] = value % 2;
  }
  return { keys: keys.subarray(0, count), drops: drops.subarray(0, count) };
}
