/** Builds IP packets with right lengths and checksums, for the generator and for tests. */
import { addressBytes } from '@tidegate/schemas';
import { foldChecksum, sumWords } from './checksum.ts';
import { ipProtocol } from './constants.ts';

/** An address as text, or as 16 bytes with IPv4 mapped: parsing text for every packet of a flood would be slow. */
export type AddressLike = string | Uint8Array;

export interface IpFields {
  readonly source: AddressLike;
  /** Of the same family as the source. */
  readonly destination: AddressLike;
  /** Time to live, or hop limit. @default 64 */
  readonly ttl?: number;
  /** @default 0 */
  readonly identification?: number;
  /** Makes it a fragment. `offsetBytes` is a multiple of 8. @default none */
  readonly fragment?: { readonly offsetBytes: number; readonly more: boolean };
}

export interface UdpFields extends IpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** @default empty */
  readonly payload?: Uint8Array;
}

export interface TcpFields extends UdpFields {
  /** Bits as in `tcpFlag`. */
  readonly flags: number;
  /** @default 0 */
  readonly sequence?: number;
  /** @default 0 */
  readonly acknowledgment?: number;
  /** @default 64240 */
  readonly window?: number;
  /** Options, a multiple of 4 bytes; see `synOptions`. @default none */
  readonly options?: Uint8Array;
}

export interface IcmpFields extends IpFields {
  readonly type: number;
  /** What follows type, code 0 and checksum. @default 4 zero bytes */
  readonly body?: Uint8Array;
}

const noBytes = new Uint8Array(0);

const bytesOf = (address: AddressLike): Uint8Array =>
  typeof address === 'string' ? addressBytes(address) : address;

function isIpv4(bytes: Uint8Array): boolean {
  for (let index = 0; index < 10; index++) if (bytes[index] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

function put16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = (value >> 8) & 0xff;
  bytes[offset + 1] = value & 0xff;
}

function put32(bytes: Uint8Array, offset: number, value: number): void {
  put16(bytes, offset, value >>> 16);
  put16(bytes, offset + 2, value & 0xffff);
}

/** A packet whose header is complete, and where its payload begins. */
interface Frame {
  readonly packet: Uint8Array;
  readonly from: number;
}

/** Wraps a payload of any protocol into IPv4 or IPv6, as the addresses say. */
export function buildIp(fields: IpFields, protocol: number, payload: Uint8Array): Uint8Array {
  const { packet, from } = frame(fields, protocol, payload.length);
  packet.set(payload, from);
  return packet;
}

function frame(fields: IpFields, protocol: number, payloadBytes: number): Frame {
  const source = bytesOf(fields.source);
  const destination = bytesOf(fields.destination);
  return isIpv4(destination)
    ? frameIpv4(fields, protocol, payloadBytes, source, destination)
    : frameIpv6(fields, protocol, payloadBytes, source, destination);
}

function frameIpv4(
  fields: IpFields,
  protocol: number,
  payloadBytes: number,
  source: Uint8Array,
  destination: Uint8Array,
): Frame {
  const packet = new Uint8Array(20 + payloadBytes);
  packet[0] = 0x45;
  put16(packet, 2, packet.length);
  put16(packet, 4, fields.identification ?? 0);
  const { fragment } = fields;
  if (fragment !== undefined) put16(packet, 6, (fragment.more ? 0x2000 : 0) | (fragment.offsetBytes >> 3));
  packet[8] = fields.ttl ?? 64;
  packet[9] = protocol;
  for (let index = 0; index < 4; index++) {
    packet[12 + index] = source[12 + index]!;
    packet[16 + index] = destination[12 + index]!;
  }
  put16(packet, 10, foldChecksum(sumWords(packet, 0, 20)));
  return { packet, from: 20 };
}

function frameIpv6(
  fields: IpFields,
  protocol: number,
  payloadBytes: number,
  source: Uint8Array,
  destination: Uint8Array,
): Frame {
  const { fragment } = fields;
  const from = fragment === undefined ? 40 : 48;
  const packet = new Uint8Array(from + payloadBytes);
  packet[0] = 0x60;
  put16(packet, 4, packet.length - 40);
  packet[6] = fragment === undefined ? protocol : ipProtocol.fragment;
  packet[7] = fields.ttl ?? 64;
  packet.set(source, 8);
  packet.set(destination, 24);
  if (fragment !== undefined) {
    packet[40] = protocol;
    put16(packet, 42, fragment.offsetBytes | (fragment.more ? 1 : 0));
    put32(packet, 44, fields.identification ?? 0);
  }
  return { packet, from };
}

/** Fills in the checksum of a segment whose checksum field, at `offset` in it, is still 0. */
function seal({ packet, from }: Frame, protocol: number, offset: number): Uint8Array {
  const [addressesFrom, addressesTo] = packet[0]! >> 4 === 4 ? [12, 20] : [8, 40];
  const start = sumWords(packet, addressesFrom, addressesTo, protocol + packet.length - from);
  const sum = foldChecksum(sumWords(packet, from, packet.length, start));
  // A UDP checksum of 0 would mean "none" (RFC 768).
  put16(packet, from + offset, sum === 0 && protocol === ipProtocol.udp ? 0xffff : sum);
  return packet;
}

export function buildUdp(fields: UdpFields): Uint8Array {
  const payload = fields.payload ?? noBytes;
  const framed = frame(fields, ipProtocol.udp, 8 + payload.length);
  const { packet, from } = framed;
  put16(packet, from, fields.sourcePort);
  put16(packet, from + 2, fields.destinationPort);
  put16(packet, from + 4, 8 + payload.length);
  packet.set(payload, from + 8);
  return seal(framed, ipProtocol.udp, 6);
}

export function buildTcp(fields: TcpFields): Uint8Array {
  const options = fields.options ?? noBytes;
  const payload = fields.payload ?? noBytes;
  const framed = frame(fields, ipProtocol.tcp, 20 + options.length + payload.length);
  const { packet, from } = framed;
  put16(packet, from, fields.sourcePort);
  put16(packet, from + 2, fields.destinationPort);
  put32(packet, from + 4, fields.sequence ?? 0);
  put32(packet, from + 8, fields.acknowledgment ?? 0);
  packet[from + 12] = (5 + options.length / 4) << 4;
  packet[from + 13] = fields.flags;
  put16(packet, from + 14, fields.window ?? 64240);
  packet.set(options, from + 20);
  packet.set(payload, from + 20 + options.length);
  return seal(framed, ipProtocol.tcp, 16);
}

/** ICMP over IPv4, ICMPv6 over IPv6. */
export function buildIcmp(fields: IcmpFields): Uint8Array {
  const body = fields.body ?? new Uint8Array(4);
  const protocol = isIpv4(bytesOf(fields.destination)) ? ipProtocol.icmp : ipProtocol.icmpv6;
  const framed = frame(fields, protocol, 4 + body.length);
  const { packet, from } = framed;
  packet[from] = fields.type;
  packet.set(body, from + 4);
  if (protocol === ipProtocol.icmpv6) return seal(framed, protocol, 2);
  // ICMPv4 has no pseudo header (RFC 792).
  put16(packet, from + 2, foldChecksum(sumWords(packet, from, packet.length)));
  return packet;
}

/**
 * TCP options of a client's SYN, as systems of our days send them: Linux 20 bytes (MSS, SACK permitted, timestamps,
 * window scale), Windows 12, macOS 24.
 */
export const synOptions = {
  linux: Uint8Array.of(2, 4, 5, 180, 4, 2, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0, 1, 3, 3, 7),
  windows: Uint8Array.of(2, 4, 5, 180, 1, 3, 3, 8, 1, 1, 4, 2),
  macos: Uint8Array.of(2, 4, 5, 180, 1, 3, 3, 6, 1, 1, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0, 4, 2, 0, 0),
} as const;
