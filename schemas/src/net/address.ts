/**
 * Addresses as 16 bytes: IPv6 as it is, IPv4 mapped as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2), so that both
 * families go through the same code. The text form is canonical: dotted decimal, or RFC 5952.
 */
import ipaddr from 'ipaddr.js';
import { quote } from '../encoding/quote.ts';
import { TidegateError } from '../errors/tidegate-error.ts';

export interface IpAddress {
  readonly family: 4 | 6;
  /** 16 bytes. */
  readonly bytes: Uint8Array;
  /** Canonical text. */
  readonly text: string;
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/** Whether 16 bytes stand for an IPv4 address. */
export const isMapped = (bytes: Uint8Array): boolean =>
  mappedPrefix.every((byte, index) => bytes[index] === byte);

/** The address as 16 bytes, or null where the text is no address. Octal, hexadecimal and zoned forms are none. */
export function readAddressBytes(text: string): Uint8Array | null {
  if (!text.includes(':')) {
    if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return null;
    return Uint8Array.from([...mappedPrefix, ...ipaddr.IPv4.parse(text).toByteArray()]);
  }
  const groups = withoutDottedTail(text);
  if (groups === null || groups.includes('%')) return null;
  try {
    return Uint8Array.from(ipaddr.IPv6.parse(groups).toByteArray());
  } catch {
    return null;
  }
}

/**
 * An IPv6 address whose last 32 bits are written as IPv4, with these as two groups (RFC 4291, section 2.2); null where
 * the tail is no IPv4 address. ipaddr.js takes ::1.2.3.4 for the mapped ::ffff:1.2.3.4.
 */
function withoutDottedTail(text: string): string | null {
  if (!text.includes('.')) return text;
  const start = text.lastIndexOf(':') + 1;
  const tail = text.slice(start);
  if (!ipaddr.IPv4.isValidFourPartDecimal(tail)) return null;
  const [a, b, c, d] = ipaddr.IPv4.parse(tail).toByteArray() as [number, number, number, number];
  return `${text.slice(0, start)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** Parses an IPv4 or IPv6 address; an IPv4-mapped IPv6 address is IPv4. Anything else is an error TG1007. */
export function parseAddress(text: string): IpAddress {
  const bytes = readAddressBytes(text);
  if (bytes === null) throw new TidegateError('TG1007', `${quote(text)} is not an IPv4 or IPv6 address.`);
  return { family: isMapped(bytes) ? 4 : 6, bytes, text: formatAddress(bytes) };
}

/** The 16 bytes of an address; anything else is an error TG1007. */
export const addressBytes = (text: string): Uint8Array => parseAddress(text).bytes;

/** Canonical text of 16 bytes: dotted decimal where they are IPv4-mapped, else RFC 5952. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length !== 16) {
    throw new TidegateError('TG1007', `An address has 16 bytes, but ${bytes.length} were given.`);
  }
  if (isMapped(bytes)) return bytes.subarray(12).join('.');
  return (ipaddr.fromByteArray([...bytes]) as ipaddr.IPv6).toRFC5952String();
}
