/** Path attributes (RFC 4271, section 4.3; RFC 4760; RFC 1997; RFC 4360; RFC 5701), as far as our routes need them. */
import { formatAddress } from '../net/address.ts';

/** Of 4 or 16 octets. */
export const addressText = (bytes: Uint8Array): string =>
  bytes.length === 4 ? bytes.join('.') : formatAddress(bytes);

export const attribute = {
  origin: 1,
  nextHop: 3,
  communities: 8,
  mpReach: 14,
  extendedCommunities: 16,
  ipv6ExtendedCommunities: 25,
} as const;

const flag = { optional: 0x80, transitive: 0x40, extendedLength: 0x10 } as const;
const flagsOf = (type: number): number => {
  if (type === attribute.mpReach) return flag.optional;
  return type <= attribute.nextHop ? flag.transitive : flag.optional | flag.transitive;
};

export function encodeAttribute(type: number, value: Uint8Array): Uint8Array {
  const flags = flagsOf(type);
  return value.length > 0xff
    ? Uint8Array.of(flags | flag.extendedLength, type, value.length >> 8, value.length & 0xff, ...value)
    : Uint8Array.of(flags, type, value.length, ...value);
}

/** Type and value; null where it is cut off. */
export function decodeAttribute(bytes: Uint8Array): { type: number; value: Uint8Array } | null {
  const [flags, type, first, second] = bytes;
  if (flags === undefined || type === undefined || first === undefined) return null;
  const isExtended = (flags & flag.extendedLength) !== 0;
  if (isExtended && second === undefined) return null;
  const [length, at] = isExtended ? [first * 256 + second!, 4] : [first, 3];
  return bytes.length === at + length ? { type, value: bytes.subarray(at) } : null;
}

/** Values of `size` octets, one behind the other; null where the last one is cut off. */
export function chunks(value: Uint8Array, size: number): Uint8Array[] | null {
  if (value.length % size !== 0) return null;
  return Array.from({ length: value.length / size }, (_, index) =>
    value.subarray(index * size, (index + 1) * size),
  );
}

/** ASN:NUMBER, in ascending order, each once. Throws RangeError for what is none. */
export function encodeCommunities(communities: readonly string[]): Uint8Array {
  const numbers = communities.map((text) => {
    const [, high, low] = /^(\d{1,5}):(\d{1,5})$/.exec(text) ?? [];
    const [administrator, number] = [Number(high), Number(low)];
    if (!(administrator <= 0xffff && number <= 0xffff))
      throw new RangeError(`"${text}" is no community: two numbers up to 65535, such as 65001:100`);
    return administrator * 0x1_0000 + number;
  });
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  return Uint8Array.from(
    sorted.flatMap((one) => [one >>> 24, (one >>> 16) & 255, (one >>> 8) & 255, one & 255]),
  );
}

export const communityText = ([a = 0, b = 0, c = 0, d = 0]: Uint8Array): string =>
  `${a * 256 + b}:${c * 256 + d}`;
