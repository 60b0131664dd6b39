/** Which entries of which feeds hold an address: a binary search in the catalog for each prefix length. */
import { TidegateError } from '../errors/tidegate-error.ts';
import { formatAddress } from '../net/address.ts';
import { v4RecordBytes, v6RecordBytes, type Catalog } from './catalog.ts';
import { lengthMin, type IndicatorAction } from './format.ts';

export interface IndicatorMatch {
  /** Name of the feed. */
  readonly feed: string;
  /** The feed's entry, as a prefix. */
  readonly entry: string;
  readonly action: IndicatorAction;
}

/** The records of one family. */
interface Family {
  readonly bits: 32 | 128;
  readonly lengthMin: number;
  readonly offset: number;
  readonly count: number;
  readonly recordBytes: number;
  /** Where the length and, behind it, the feed lie in a record. */
  readonly lengthAt: number;
  /** The address of a record, as a number that orders and compares it. */
  addressAt(offset: number): bigint;
}

const v4Family = (view: DataView, { v4, v4Offset }: Catalog): Family => ({
  bits: 32,
  lengthMin: lengthMin[4],
  offset: v4Offset,
  count: v4,
  recordBytes: v4RecordBytes,
  lengthAt: 4,
  addressAt: (offset) => BigInt(view.getUint32(offset, true)),
});

const v6Family = (view: DataView, { v6, v6Offset }: Catalog): Family => ({
  bits: 128,
  lengthMin: lengthMin[6],
  offset: v6Offset,
  count: v6,
  recordBytes: v6RecordBytes,
  lengthAt: 16,
  addressAt: (offset) => longAddress(view, offset),
});

const longAddress = (view: DataView, offset: number): bigint =>
  (view.getBigUint64(offset) << 64n) | view.getBigUint64(offset + 8);

/**
 * Every match, the narrowest first.
 *
 * @param address 16 bytes, IPv4 mapped.
 */
export function findMatches(view: DataView, catalog: Catalog, address: DataView): IndicatorMatch[] {
  const value = longAddress(address, 0);
  const mapped = value >> 32n === 0xffffn;
  const family = mapped ? v4Family(view, catalog) : v6Family(view, catalog);
  const own = mapped ? value & 0xffffffffn : value;
  const matches: IndicatorMatch[] = [];
  // A shorter prefix of one address starts at or before a longer one: each search ends where the last one began.
  let end = family.count;
  for (let length = family.bits; length >= family.lengthMin; length--) {
    const free = BigInt(family.bits - length);
    const network = (own >> free) << free;
    const first = firstNotBelow(view, family, network, length, end);
    for (let index = first; index < family.count; index++) {
      const at = family.offset + index * family.recordBytes;
      if (family.addressAt(at) !== network || view.getUint8(at + family.lengthAt) !== length) break;
      matches.push(matchAt(view, catalog, family, at));
    }
    end = first;
  }
  return matches;
}

/** The first record before `end` whose address and length are not below the ones given, else `end`. */
function firstNotBelow(view: DataView, family: Family, network: bigint, length: number, end: number): number {
  let [low, high] = [0, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = family.offset + middle * family.recordBytes;
    const address = family.addressAt(at);
    const below = address < network || (address === network && view.getUint8(at + family.lengthAt) < length);
    if (below) low = middle + 1;
    else high = middle;
  }
  return low;
}

function matchAt(view: DataView, { feeds }: Catalog, family: Family, at: number): IndicatorMatch {
  const feed = feeds[view.getUint8(at + family.lengthAt + 1)];
  if (feed === undefined) {
    throw new TidegateError(
      'TG2015',
      `The record at byte ${at} names a feed that the catalog does not have.`,
    );
  }
  const bytes = new Uint8Array(16);
  const target = new DataView(bytes.buffer);
  if (family.bits === 32) bytes.fill(0xff, 10, 12);
  const network = family.addressAt(at);
  target.setBigUint64(8, target.getBigUint64(8) | (network & 0xffffffffffffffffn));
  target.setBigUint64(0, network >> 64n);
  const entry = `${formatAddress(bytes)}/${view.getUint8(at + family.lengthAt)}`;
  return { feed: feed.name, entry, action: feed.action };
}
