/** Feeds whose entries lie close together, so that prefixes nest, share buckets and repeat each other. */
import fc from 'fast-check';
import { formatAddress } from '../../net/address.ts';
import { parseCidr, type IpPrefix } from '../../net/cidr.ts';
import type { TextFeed } from './naive.ts';

const byte = fc.oneof(fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff), fc.nat(255));

const v4Bytes = fc
  .tuple(fc.constantFrom(1, 45, 203), fc.constantFrom(0, 113, 255), fc.constantFrom(0, 7), byte)
  .map((four) => Uint8Array.from([...Array<number>(10).fill(0), 255, 255, ...four]));

const v6Bytes = fc
  .tuple(
    fc.constantFrom([0x20, 1], [0x2a, 0], [0x2a, 1]),
    fc.constantFrom([0, 0], [0xd, 0xb8], [0xff, 0xff]),
    fc.array(byte, { minLength: 1, maxLength: 12 }),
  )
  .map(([high, low, rest]) =>
    Uint8Array.from({ length: 16 }, (_, at) => [...high, ...low, ...rest][at] ?? 0),
  );

/** Bits from `kept` on cleared, or set. */
const withHostBits = (bytes: Uint8Array, kept: number, value: 0 | 255): Uint8Array =>
  bytes.map((one, index) => {
    const free = 0xff >> Math.min(8, Math.max(0, kept - index * 8));
    return (one & ~free) | (value & free);
  });

const prefixOf = (bytes: Uint8Array, length: number, family: 4 | 6): string => {
  const kept = family === 4 ? length + 96 : length;
  return `${formatAddress(withHostBits(bytes, kept, 0))}/${length}`;
};

const v4Length = fc.oneof(fc.constant(32), fc.integer({ min: 22, max: 32 }), fc.integer({ min: 8, max: 32 }));
const v6Length = fc.oneof(fc.constantFrom(32, 64, 128), fc.integer({ min: 16, max: 128 }));

export const v4Entry = fc.tuple(v4Bytes, v4Length).map(([bytes, length]) => prefixOf(bytes, length, 4));
export const v6Entry = fc.tuple(v6Bytes, v6Length).map(([bytes, length]) => prefixOf(bytes, length, 6));

export const textFeeds = (entry: fc.Arbitrary<string>): fc.Arbitrary<TextFeed[]> =>
  fc
    .array(
      fc.record({ action: fc.constantFrom('count', 'drop'), entries: fc.array(entry, { maxLength: 40 }) }),
      {
        maxLength: 4,
      },
    )
    .map((feeds) => feeds.map((feed, index) => ({ name: `feed-${index}`, ...feed })));

/** Addresses at the edges of an entry: first, last, and one step beyond each. */
export function edgesOf(entry: string): Uint8Array[] {
  const { bytes, length, family }: IpPrefix = parseCidr(entry);
  const last = withHostBits(bytes, family === 4 ? length + 96 : length, 255);
  return [bytes, last, step(bytes, -1), step(last, 1)];
}

function step(bytes: Uint8Array, by: 1 | -1): Uint8Array {
  const next = Uint8Array.from(bytes);
  for (let index = 15; index >= 0; index--) {
    next[index]! += by;
    if (next[index] !== (by === 1 ? 0 : 255)) break;
  }
  return next;
}

export const anyAddress = fc.oneof(v4Bytes, v6Bytes, fc.uint8Array({ minLength: 16, maxLength: 16 }));
