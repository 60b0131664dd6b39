/** PPP (RFC 1661), as it is or in HDLC-like framing (RFC 1662), and Cisco's HDLC. */
import { cutOff, etherType, notIp, uint16 } from './locator.ts';

const protocol = { ipv4: 0x0021, ipv6: 0x0057 } as const;

export function ppp(bytes: Uint8Array, from: number, to: number): number {
  if (from + 2 > to) return cutOff;
  const isFramed = bytes[from] === 0xff && bytes[from + 1] === 0x03;
  return pppPayload(bytes, isFramed ? from + 2 : from, to);
}

/** The protocol has one byte where its first would be 0 and both sides agreed to leave that out. */
export function pppPayload(bytes: Uint8Array, at: number, to: number): number {
  if (at + 2 > to) return cutOff;
  const isShort = (bytes[at]! & 1) === 1;
  const type = isShort ? bytes[at]! : uint16(bytes, at);
  if (type !== protocol.ipv4 && type !== protocol.ipv6) return notIp;
  return at + (isShort ? 1 : 2);
}

/** Address, control, and an Ethernet type. */
export function cHdlc(bytes: Uint8Array, from: number, to: number): number {
  if (from + 4 > to) return cutOff;
  const type = uint16(bytes, from + 2);
  return type === etherType.ipv4 || type === etherType.ipv6 ? from + 4 : notIp;
}
