/**
 * IPv6 entries as the kernel looks them up: a root for each /32, whose mask says which prefix lengths and whether
 * exact addresses are worth a look below it, then prefixes at every fourth length, and exact addresses.
 *
 * A prefix of 33 to 120 bits becomes at most eight keys of the next multiple of four; one of 121 to 127 bits becomes
 * its addresses; one of 16 to 31 bits becomes its /32s, at most 65,536.
 */
import { floatColumn, wordColumn, type Column } from './column.ts';
import { rootBit, strideBits, strideMax, strideMin } from './format.ts';
import { swapBytes } from './hash.ts';
import { sortedOrder, v6RecordWords, sameWords } from './v6-order.ts';

export interface V6Keys {
  readonly roots: V6Roots;
  readonly prefixes: LongKeys;
  readonly exact: LongKeys;
}

/** The first word of each /32 as it lies in memory, in ascending order, and its mask. */
export interface V6Roots {
  readonly keys: Uint32Array;
  readonly masks: Uint32Array;
}

/** Keys of four words in network order, sorted, each once, and 1 for each that drops. */
export interface LongKeys {
  readonly words: Uint32Array;
  readonly drops: Uint8Array;
}

/** Collects keys: four words and the drop. */
class KeyList {
  readonly #words: Column<Uint32Array> = wordColumn();

  push(a: number, b: number, c: number, d: number, drops: boolean): void {
    this.#words.push(a);
    this.#words.push(b);
    this.#words.push(c);
    this.#words.push(d);
    this.#words.push(drops ? 1 : 0);
  }

  sorted(): LongKeys {
    const records = this.#words.values();
    const order = sortedOrder(records);
    const words = new Uint32Array(order.length * 4);
    const drops = new Uint8Array(order.length);
    let count = 0;
    for (const record of order) {
      const at = record * v6RecordWords;
      if (count > 0 && sameWords(words, (count - 1) * 4, records, at)) count--;
      words.set(records.subarray(at, at + 4), count * 4);
      // The drop of a key is sorted behind its count and so has the last word.
      drops[count++] = records[at + 4]!;
    }
    return { words: words.subarray(0, count * 4), drops: drops.subarray(0, count) };
  }
}

/**
 * @param records Sorted, `v6RecordWords` words each: the address in network order, and length × 256 + feed.
 * @param dropsOf Whether a feed drops.
 */
export function v6KeysOf(records: Uint32Array, dropsOf: (feed: number) => boolean): V6Keys {
  // root × 32 + bit: sorting brings the bits of a root together.
  const roots = floatColumn();
  const prefixes = new KeyList();
  const exact = new KeyList();
  for (let at = 0; at < records.length; at += v6RecordWords) {
    const a = records[at]!;
    const b = records[at + 1]!;
    const c = records[at + 2]!;
    const d = records[at + 3]!;
    const length = records[at + 4]! >>> 8;
    const drops = dropsOf(records[at + 4]! & 0xff);
    if (length <= 32) pushRoots(roots, a, 2 ** (32 - length), drops);
    else if (length <= strideMax) {
      const stride = Math.ceil(length / strideBits) * strideBits;
      const bit = rootBit.firstStride + (stride - strideMin) / strideBits;
      roots.push(swapBytes(a) * 32 + bit);
      pushPrefixes(prefixes, [a, b, c, d], length, stride, drops);
    } else {
      roots.push(swapBytes(a) * 32 + rootBit.exact);
      for (let host = 0; host < 2 ** (128 - length); host++) exact.push(a, b, c, d + host, drops);
    }
  }
  return { roots: mergedRoots(roots), prefixes: prefixes.sorted(), exact: exact.sorted() };
}

function pushRoots(roots: Column<Float64Array>, first: number, count: number, drops: boolean): void {
  for (let index = 0; index < count; index++) {
    const root = swapBytes(first + index) * 32;
    roots.push(root + rootBit.covered);
    if (drops) roots.push(root + rootBit.coveredDrop);
  }
}

function pushPrefixes(
  list: KeyList,
  first: readonly [number, number, number, number],
  length: number,
  stride: number,
  drops: boolean,
): void {
  // A multiple of four never straddles two words: the free bits lie in one.
  const word = Math.ceil(stride / 32) - 1;
  const step = 2 ** ((word + 1) * 32 - stride);
  for (let index = 0; index < 2 ** (stride - length); index++) {
    const [a, b, c, d] = first.with(word, first[word]! + index * step) as unknown as typeof first;
    list.push(a, b, c, d + stride, drops);
  }
}

function mergedRoots(column: Column<Float64Array>): V6Roots {
  const sorted = column.values().sort();
  const keys = new Uint32Array(sorted.length);
  const masks = new Uint32Array(sorted.length);
  let count = 0;
  for (const value of sorted) {
    const key = Math.floor(value / 32);
    if (count > 0 && keys[count - 1] === key) count--;
    keys[count] = key;
    masks[count++]! |= 1 << (value % 32);
  }
  return { keys: keys.subarray(0, count), masks: masks.subarray(0, count) };
}
