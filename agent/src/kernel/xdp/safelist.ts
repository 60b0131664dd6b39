/** Sources that nothing of ours touches: a trie, and tables by which the program sees at once that most are not in it. */
import { parseCidr, type IpPrefix } from '@tidegate/schemas';
import { structs } from './layout.ts';
import type { MappedMaps } from './maps.ts';
import { writePrefixes } from './prefixes.ts';

const { fields } = structs.tg_index;

/** Where the two bytes lie that the program looks at, in the 16 bytes of an address: see tg_source_byte in bpf/rules.h. */
export const sourceByteAt = (family: 4 | 6): readonly [number, number] => (family === 4 ? [12, 13] : [2, 3]);

/** Values that a byte of an address in the prefix may have, both ends included. */
function byteRange({ family, bytes, length }: IpPrefix, at: number): readonly [number, number] {
  const bits = family === 4 ? 96 + length : length;
  const kept = Math.min(8, Math.max(0, bits - at * 8));
  const from = bytes[at]! & (0xff00 >> kept);
  return [from & 0xff, (from | (0xff >> kept)) & 0xff];
}

/** Makes the safelist hold exactly these prefixes; no packet meets a moment in which one of them is missing. */
export function createSafelist(
  { index, config }: MappedMaps,
  fd: number,
): (cidrs: readonly string[]) => void {
  const tables = [fields.safe_first, fields.safe_second].map((at) => index.bytes.subarray(at, at + 256));
  return (cidrs) => {
    const prefixes = cidrs.map((cidr) => parseCidr(cidr));
    const wanted = tables.map((_, number) => tableOf(prefixes, number));
    const put = (join: (old: number, wanted: number) => number): void => {
      for (const [number, table] of tables.entries())
        for (const [value, bit] of wanted[number]!.entries()) table[value] = join(table[value]!, bit);
    };
    put((old, bit) => old | bit);
    const entries = writePrefixes(fd, cidrs, 'The safelist');
    config.u32[structs.tg_config.fields.safelist_entries >> 2] = entries;
    put((_, bit) => bit);
  };
}

function tableOf(prefixes: readonly IpPrefix[], number: number): Uint8Array {
  const table = new Uint8Array(256);
  for (const prefix of prefixes) {
    const [from, to] = byteRange(prefix, sourceByteAt(prefix.family)[number]!);
    table.fill(1, from, to + 1);
  }
  return table;
}
