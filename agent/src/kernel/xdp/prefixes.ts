/** Sets of prefixes in the kernel (LPM tries), kept equal to what the policy says. */
import { parseCidr, type IpPrefix } from '@tidegate/schemas';
import { TidegateError } from '@tidegate/schemas';
import { deleteElement, keysOf, lookupElement, mapInfo, updateElement } from '../bpf-map.ts';
import { structs } from './layout.ts';

const { size, fields } = structs.tg_prefix;
const mappedBits = 96;

/** What a trie holds under a prefix: the value's bytes, all 0 for "carved out". */
export interface TrieEntry {
  readonly prefix: IpPrefix;
  readonly value: Uint8Array;
}

/**
 * Makes a trie hold exactly these prefixes. New ones are added before old ones go, so that an address in both sets is
 * in the trie all the time. Returns how many entries it has. Throws TG2001 when they do not fit.
 */
export function writeTrie(fd: number, wanted: readonly TrieEntry[], name: string): number {
  const entries = new Map(withoutMapped(wanted).map((entry) => [keyText(entry.key), entry]));
  const { maxEntries } = mapInfo(fd);
  const present = keysOf(fd, size, maxEntries);
  if (entries.size > maxEntries) {
    throw new TidegateError(
      'TG2001',
      `${name} has ${entries.size} prefixes; the kernel table holds ${maxEntries}.`,
    );
  }
  const stale = present.filter((key) => !entries.has(keyText(key)));
  // Only where both sets do not fit beside each other does the old one go first.
  const oldFirst = stale.length + entries.size > maxEntries;
  if (oldFirst) for (const key of stale) deleteElement(fd, key);
  for (const { key, value } of entries.values()) updateElement(fd, key, value);
  if (!oldFirst) for (const key of stale) deleteElement(fd, key);
  return entries.size;
}

/** What the trie holds under exactly this prefix; null where it does not. */
export function readTrie(fd: number, valueBytes: number): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  for (const key of keysOf(fd, size, mapInfo(fd).maxEntries)) {
    const value = new Uint8Array(valueBytes);
    // A look-up finds the longest prefix, and none is longer than the key itself.
    if (lookupElement(fd, key, value)) values.set(keyText(key), value);
  }
  return values;
}

/** Name of a prefix in what `readTrie` gives. */
export const prefixKey = (prefix: IpPrefix): string => keyText(keyOf(prefix.bytes, kernelBits(prefix)));

/** Key that looks up one address (16 bytes, IPv4 mapped). */
export const addressKey = (address: Uint8Array): Uint8Array => keyOf(address, 128);

const kernelBits = ({ family, length }: IpPrefix): number => (family === 4 ? mappedBits + length : length);

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function keyOf(bytes: Uint8Array, bits: number): Uint8Array {
  const key = new Uint8Array(size);
  new DataView(key.buffer).setUint32(fields.bits, bits, true);
  key.set(bytes, fields.address);
  return key;
}

function withoutMapped(wanted: readonly TrieEntry[]): Entry[] {
  const entries = wanted.map(({ prefix, value }) => ({
    key: keyOf(prefix.bytes, kernelBits(prefix)),
    value,
  }));
  // Families never mix: an IPv6 prefix as wide as ::/0 must not take in the mapped form of IPv4.
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0);
  const coversMapped = wanted.some(
    ({ prefix: { family, bytes, length } }) =>
      family === 6 && length < mappedBits && isStartOf(bytes, length, mapped),
  );
  const allOfIpv4 = wanted.some(({ prefix: { family, length } }) => family === 4 && length === 0);
  const valueBytes = wanted[0]?.value.length ?? 0;
  if (coversMapped && !allOfIpv4)
    entries.push({ key: keyOf(mapped, mappedBits), value: new Uint8Array(valueBytes) });
  return entries;
}

const isStartOf = (prefix: Uint8Array, bits: number, address: Uint8Array): boolean =>
  prefix.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return ((byte ^ address[index]!) & (0xff00 >> kept) & 0xff) === 0;
  });

const keyText = (key: Uint8Array): string => Buffer.from(key).toString('latin1');

const inside = Uint8Array.of(1, 0, 0, 0);

/** A set without values: `writeTrie` with 1 under each prefix. */
export const writePrefixes = (fd: number, cidrs: readonly string[], name: string): number =>
  writeTrie(
    fd,
    cidrs.map((cidr) => ({ prefix: parseCidr(cidr), value: inside })),
    name,
  );
