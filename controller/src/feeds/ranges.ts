/** A set of prefixes as sorted ranges of addresses: is an entry apart from it, inside, or wider than a part of it? */
import { parseCidr } from '@tidegate/schemas';

export type Overlap = 'apart' | 'inside' | 'contains';

interface Range<Address extends number | bigint> {
  readonly first: Address;
  readonly last: Address;
}

/** IPv4 as numbers, IPv6 as big integers. Families never mix: ::/0 holds no IPv4 address. */
export class PrefixRanges {
  readonly #v4: readonly Range<number>[];
  readonly #v6: readonly Range<bigint>[];

  /** Throws TG1007 for a text that is no prefix. */
  constructor(prefixes: Iterable<string>) {
    const v4: Range<number>[] = [];
    const v6: Range<bigint>[] = [];
    for (const { family, bytes, length } of [...prefixes].map(parseCidr)) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
      if (family === 4) v4.push(v4Range(view.getUint32(12), length));
      else v6.push(v6Range((view.getBigUint64(0) << 64n) | view.getBigUint64(8), length));
    }
    this.#v4 = outermost(v4);
    this.#v6 = outermost(v6);
  }

  v4(address: number, length: number): Overlap {
    return overlap(this.#v4, v4Range(address, length));
  }

  v6(address: bigint, length: number): Overlap {
    return overlap(this.#v6, v6Range(address, length));
  }
}

const v4Range = (first: number, length: number): Range<number> => ({
  first,
  last: first + 2 ** (32 - length) - 1,
});

const v6Range = (first: bigint, length: number): Range<bigint> => ({
  first,
  last: first + (1n << BigInt(128 - length)) - 1n,
});

/** Without those that lie in another one: two prefixes are nested or apart. */
function outermost<Address extends number | bigint>(ranges: Range<Address>[]): Range<Address>[] {
  ranges.sort((left, right) => {
    if (left.first !== right.first) return left.first < right.first ? -1 : 1;
    return left.last > right.last ? -1 : 1;
  });
  const kept: Range<Address>[] = [];
  for (const range of ranges) {
    const before = kept.at(-1);
    if (before === undefined || range.first > before.last) kept.push(range);
  }
  return kept;
}

function overlap<Address extends number | bigint>(
  ranges: readonly Range<Address>[],
  entry: Range<Address>,
): Overlap {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.first > entry.last) high = middle;
    else low = middle + 1;
  }
  // The last range that begins before the entry ends; those before it end before it begins.
  const range = ranges[low - 1];
  if (range === undefined || range.last < entry.first) return 'apart';
  return range.first <= entry.first && range.last >= entry.last ? 'inside' : 'contains';
}
