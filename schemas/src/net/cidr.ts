/** Prefixes (RFC 4632, RFC 4291): strict reading with a correction to offer, and containment. */
import { quote } from '../encoding/quote.ts';
import { TidegateError } from '../errors/tidegate-error.ts';
import { formatAddress, isMapped, parseAddress, readAddressBytes, type IpAddress } from './address.ts';

export interface IpPrefix {
  readonly family: 4 | 6;
  /** First address of the prefix, 16 bytes, IPv4 mapped. */
  readonly bytes: Uint8Array;
  /** Length in the prefix's own family: 0 to 32, or 0 to 128. */
  readonly length: number;
  /** Canonical text. */
  readonly text: string;
}

export type CidrReading =
  | { readonly ok: true; readonly value: IpPrefix }
  | { readonly ok: false; readonly message: string; readonly suggestion: string | null };

const refuse = (message: string, suggestion: string | null = null): CidrReading => ({
  ok: false,
  message,
  suggestion,
});

/** Offset of a family's first bit in the 16 bytes. */
const firstBit = (family: 4 | 6): number => (family === 4 ? 96 : 0);

function clearHostBits(bytes: Uint8Array, bits: number): Uint8Array {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - kept));
  });
}

/** Reads a prefix such as 203.0.113.0/24 and, where it is wrong, says what was probably meant. */
export function readCidr(text: string): CidrReading {
  const slash = text.indexOf('/');
  const addressText = slash < 0 ? text : text.slice(0, slash);
  const lengthText = slash < 0 ? '' : text.slice(slash + 1);
  const bytes = readAddressBytes(addressText);
  if (bytes === null) return refuse(`${quote(text)} is not an IPv4 or IPv6 prefix.`);
  const family = isMapped(bytes) ? 4 : 6;
  const lengthMax = family === 4 ? 32 : 128;
  if (family === 4 && addressText.includes(':')) {
    const mapped = Number(lengthText) >= 96 ? `${formatAddress(bytes)}/${Number(lengthText) - 96}` : null;
    return refuse(`${quote(text)} is an IPv4 prefix in IPv6 clothes; write it as IPv4.`, mapped);
  }
  if (slash < 0)
    return refuse(`${quote(text)} has no prefix length.`, `${formatAddress(bytes)}/${lengthMax}`);
  if (!/^(0|[1-9][0-9]{0,2})$/.test(lengthText) || Number(lengthText) > lengthMax) {
    return refuse(
      `${quote(text)} has a bad prefix length; for IPv${family} it is a number from 0 to ${lengthMax}.`,
    );
  }
  const length = Number(lengthText);
  const network = clearHostBits(bytes, firstBit(family) + length);
  const value: IpPrefix = { family, bytes: network, length, text: `${formatAddress(network)}/${length}` };
  if (network.some((byte, index) => byte !== bytes[index])) {
    return refuse(`${quote(text)} has host bits set beyond /${length}.`, value.text);
  }
  return { ok: true, value };
}

/** Parses a prefix; anything else, also set host bits, is an error TG1007 that says what was probably meant. */
export function parseCidr(text: string): IpPrefix {
  const reading = readCidr(text);
  if (reading.ok) return reading.value;
  const hint = reading.suggestion === null ? '' : ` Did you mean ${reading.suggestion}?`;
  throw new TidegateError('TG1007', reading.message + hint);
}

const asPrefix = (cidr: string | IpPrefix): IpPrefix => (typeof cidr === 'string' ? parseCidr(cidr) : cidr);

/** The prefix of this length that holds another one; that one itself where it is as short already. */
export function cidrAround(cidr: string | IpPrefix, length: number): IpPrefix {
  const inner = asPrefix(cidr);
  const { family } = inner;
  const bits = Math.min(inner.length, length);
  const bytes = clearHostBits(inner.bytes, firstBit(family) + bits);
  return parseCidr(`${formatAddress(bytes)}/${bits}`);
}

/** Whether the prefix is IPv4. */
export const cidrIsIpv4 = (cidr: string | IpPrefix): boolean => asPrefix(cidr).family === 4;

/** Whether an address lies in a prefix. Families never mix: ::/0 holds no IPv4 address. */
export function cidrContains(cidr: string | IpPrefix, address: string | IpAddress): boolean {
  const prefix = asPrefix(cidr);
  const { family, bytes } = typeof address === 'string' ? parseAddress(address) : address;
  return family === prefix.family && sameBits(bytes, prefix.bytes, firstBit(family) + prefix.length);
}

/** Whether every address of the inner prefix lies in the outer one. */
export function cidrCovers(outer: string | IpPrefix, inner: string | IpPrefix): boolean {
  const [wide, narrow] = [asPrefix(outer), asPrefix(inner)];
  return (
    wide.family === narrow.family &&
    wide.length <= narrow.length &&
    sameBits(wide.bytes, narrow.bytes, firstBit(wide.family) + wide.length)
  );
}

function sameBits(left: Uint8Array, right: Uint8Array, bits: number): boolean {
  for (let index = 0; index * 8 < bits; index++) {
    const kept = Math.min(8, bits - index * 8);
    if (((left[index]! ^ right[index]!) & (0xff << (8 - kept)) & 0xff) !== 0) return false;
  }
  return true;
}
