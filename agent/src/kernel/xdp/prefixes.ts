/** Sets of prefixes in the kernel (LPM tries), kept equal to what the policy says. */
import { parseCidr, type IpPrefix } from '@tidegate/schemas';
import { TidegateError } from '@tidegate/schemas';
import { deleteElement, keysOf, mapInfo, updateElement } from '../bpf-map.ts';
import { structs } from './layout.ts';

const { size, fields } = structs.tg_prefix;
const mappedBits = 96;
const inside = Uint8Array.of(1, 0, 0, 0);
const carvedOut = Uint8Array.of(0, 0, 0, 0);

/**
 * Makes a trie hold exactly these prefixes. New ones are added before old ones go, so that an address in both sets is
 * in the trie all the time. Returns how many entries it has. Throws TG2001 when they do not fit.
 */
export function writePrefixes(fd: number, cidrs: readonly string[], name: string): number {
  const wanted = trieEntries(cidrs.map((cidr) => parseCidr(cidr)));
  const { maxEntries } = mapInfo(fd);
  const present = keysOf(fd, size, maxEntries);
  if (wanted.size > maxEntries) {
    throw new TidegateError(
      'TG2001',
      `${name} has ${wanted.size} prefixes; the kernel table holds ${maxEntries}.`,
    );
  }
  const keep = (key: Uint8Array): boolean => wanted.has(keyText(key));
  const stale = present.filter((key) => !keep(key));
  // Only where both sets do not fit beside each other does the old one go first.
  const oldFirst = stale.length + wanted.size > maxEntries;
  if (oldFirst) for (const key of stale) deleteElement(fd, key);
  for (const { key, value } of wanted.values()) updateElement(fd, key, value);
  if (!oldFirst) for (const key of stale) deleteElement(fd, key);
  return wanted.size;
}

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function trieEntries(prefixes: readonly IpPrefix[]): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const add = (bytes: Uint8Array, bits: number, value: Uint8Array): void => {
    const key = new Uint8Array(size);
    new DataView(key.buffer).setUint32(fields.bits, bits, true);
    key.set(bytes, fields.address);
    entries.set(keyText(key), { key, value });
  };
  for (const { family, bytes, length } of prefixes)
    add(bytes, family === 4 ? mappedBits + length : length, inside);
  // Families never mix: an IPv6 prefix as wide as ::/0 must not take in the mapped form of IPv4.
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0);
  const coversMapped = prefixes.some(
    ({ family, bytes, length }) => family === 6 && length < mappedBits && isStartOf(bytes, length, mapped),
  );
  const allOfIpv4 = prefixes.some(({ family, length }) => family === 4 && length === 0);
  if (coversMapped && !allOfIpv4) add(mapped, mappedBits, carvedOut);
  return entries;
}

const isStartOf = (prefix: Uint8Array, bits: number, address: Uint8Array): boolean =>
  prefix.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return ((byte ^ address[index]!) & (0xff00 >> kept) & 0xff) === 0;
  });

const keyText = (key: Uint8Array): string => Buffer.from(key).toString('latin1');
