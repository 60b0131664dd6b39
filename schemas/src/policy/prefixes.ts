import { parseCidr } from '../net/cidr.ts';

/** Canonical text, IPv4 before IPv6, by address and length, each once. */
export function prefixes(written: readonly string[]): string[] {
  const unique = new Map(written.map(parseCidr).map((prefix) => [prefix.text, prefix]));
  return [...unique.values()]
    .sort((a, b) => a.family - b.family || compareBytes(a.bytes, b.bytes) || a.length - b.length)
    .map(({ text }) => text);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const index = a.findIndex((byte, at) => byte !== b[at]);
  return index < 0 ? 0 : a[index]! - b[index]!;
}
