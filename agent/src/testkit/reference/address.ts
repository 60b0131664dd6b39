/** Addresses and prefixes as numbers of 32 or 128 bits; a family never takes in the other. */

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export interface Prefix {
  readonly family: 4 | 6;
  /** The bits of the network alone. */
  readonly network: bigint;
  /** How many bits are the host's. */
  readonly hostBits: bigint;
}

export function readPrefix(text: string): Prefix {
  const [address = '', length = ''] = text.split('/');
  const { family, value } = readAddress(address);
  const hostBits = BigInt(family === 4 ? 32 : 128) - BigInt(length);
  return { family, network: value >> hostBits, hostBits };
}

export const isWithin = ({ family, value }: Address, prefix: Prefix): boolean =>
  family === prefix.family && value >> prefix.hostBits === prefix.network;

export function readAddress(text: string): Address {
  if (!text.includes(':')) return { family: 4, value: joined(text.split('.').map(Number), 8n) };
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  return { family: 6, value: joined([...first, ...new Array<number>(zeros).fill(0), ...last], 16n) };
}

const joined = (parts: readonly number[], bits: bigint): bigint =>
  parts.reduce((value, part) => (value << bits) | BigInt(part), 0n);

/** 16 bytes in network order, IPv4 as ::ffff:a.b.c.d: how the kernel's tables name an address. */
export function tableKey({ family, value }: Address): Uint8Array {
  const mapped = family === 4 ? (0xffffn << 32n) | value : value;
  return Uint8Array.from({ length: 16 }, (_, index) => Number((mapped >> BigInt(120 - index * 8)) & 0xffn));
}
