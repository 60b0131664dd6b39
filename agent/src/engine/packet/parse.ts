/** An IP packet read from its first bytes, without copying: RFC 791, RFC 8200, RFC 9293, RFC 768. */
import { formatAddress } from '@tidegate/schemas';
import { ipProtocol } from './constants.ts';
import { walkExtensionHeaders } from './extension-headers.ts';
import type { Fragment } from './extension-headers.ts';

export interface Packet {
  /**
   * The bytes it was read from, from the IP header on, without padding behind its end; often cut off, so check before
   * reading a payload.
   */
  readonly data: Uint8Array;
  readonly version: 4 | 6;
  /** Length of the whole IP packet by its header, bytes (IPv6: 40 plus the payload length). */
  readonly length: number;
  /** The protocol behind IPv6 extension headers, as far as they could be followed. */
  readonly protocol: number;
  /** Time to live, or hop limit. */
  readonly ttl: number;
  readonly fragment: Fragment;
  /** TCP and UDP only; null in a trailing fragment and where the header is cut off. */
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  /** TCP only, null where the header is cut off. */
  readonly tcpFlags: number | null;
  readonly tcpWindow: number | null;
  readonly tcpHasOptions: boolean;
  /** ICMP over IPv4 and ICMPv6 over IPv6 only; null where the header is cut off. */
  readonly icmpType: number | null;
  /**
   * Where the payload of TCP, UDP and ICMP begins, bytes from the IP header; may lie behind what was captured, and does
   * where TCP's header says that it is shorter than it can be.
   */
  readonly payloadOffset: number;
}

type TransportField =
  | 'sourcePort'
  | 'destinationPort'
  | 'tcpFlags'
  | 'tcpWindow'
  | 'tcpHasOptions'
  | 'icmpType'
  | 'payloadOffset';
type Transport = { -readonly [Field in TransportField]: Packet[Field] };

const uint16 = (data: Uint8Array, offset: number): number => (data[offset]! << 8) | data[offset + 1]!;

/**
 * Reads a packet from its IP header on. Null where the bytes are no IP packet: no version 4 or 6, a header that is
 * cut off, or lengths that contradict each other. A cut-off transport header is no error; its fields are null.
 */
export function parsePacket(data: Uint8Array): Packet | null {
  const version = data.length === 0 ? 0 : data[0]! >> 4;
  if (version === 4) return parseIpv4(data);
  if (version === 6) return parseIpv6(data);
  return null;
}

/** What lies behind the packet's own end is the frame's padding: nobody's ports, and nobody's payload. */
const withoutPadding = (bytes: Uint8Array, length: number): Uint8Array =>
  bytes.length > length ? bytes.subarray(0, length) : bytes;

function parseIpv4(bytes: Uint8Array): Packet | null {
  if (bytes.length < 20) return null;
  const headerLength = (bytes[0]! & 0x0f) * 4;
  const length = uint16(bytes, 2);
  if (headerLength < 20 || length < headerLength || bytes.length < headerLength) return null;
  const data = withoutPadding(bytes, length);
  const fragmentField = uint16(data, 6);
  const offset = fragmentField & 0x1fff;
  const more = (fragmentField & 0x2000) !== 0;
  const fragment: Fragment = offset !== 0 ? 'trailing' : more ? 'first' : 'none';
  const protocol = data[9]!;
  const transport = readTransport(data, protocol, fragment, headerLength, ipProtocol.icmp);
  return { data, version: 4, length, protocol, ttl: data[8]!, fragment, ...transport };
}

function parseIpv6(bytes: Uint8Array): Packet | null {
  if (bytes.length < 40) return null;
  const length = 40 + uint16(bytes, 4);
  // 0 stands for a length that does not fit (RFC 2675).
  const data = length === 40 ? bytes : withoutPadding(bytes, length);
  const chain = walkExtensionHeaders(data, data[6]!, 40);
  const transport = chain.complete
    ? readTransport(data, chain.protocol, chain.fragment, chain.offset, ipProtocol.icmpv6)
    : emptyTransport(chain.offset);
  return {
    data,
    version: 6,
    length,
    protocol: chain.protocol,
    ttl: data[7]!,
    fragment: chain.fragment,
    ...transport,
  };
}

const emptyTransport = (offset: number): Transport => ({
  sourcePort: null,
  destinationPort: null,
  tcpFlags: null,
  tcpWindow: null,
  tcpHasOptions: false,
  icmpType: null,
  payloadOffset: offset,
});

function readTransport(
  data: Uint8Array,
  protocol: number,
  fragment: Fragment,
  offset: number,
  icmp: number,
): Transport {
  const result = emptyTransport(offset);
  if (fragment === 'trailing') return result;
  const present = data.length - offset;
  // The kernel program reads ports only where the header is there up to the TCP flags, or whole for UDP, and the type
  // of ICMP only where type, code and checksum are there.
  const isTcp = protocol === ipProtocol.tcp && present >= 14;
  const isUdp = protocol === ipProtocol.udp && present >= 8;
  if (isTcp || isUdp) {
    result.sourcePort = uint16(data, offset);
    result.destinationPort = uint16(data, offset + 2);
    result.payloadOffset = offset + 8;
  }
  if (isTcp) {
    const headerLength = (data[offset + 12]! >> 4) * 4;
    result.tcpFlags = data[offset + 13]!;
    result.tcpWindow = present >= 16 ? uint16(data, offset + 14) : null;
    result.tcpHasOptions = headerLength > 20;
    result.payloadOffset = headerLength < 20 ? data.length : offset + headerLength;
  }
  if (protocol === icmp && present >= 4) {
    result.icmpType = data[offset]!;
    result.payloadOffset = offset + 8;
  }
  return result;
}

function addressAt(packet: Packet, offset4: number, offset6: number): Uint8Array {
  const bytes = new Uint8Array(16);
  if (packet.version === 6) {
    bytes.set(packet.data.subarray(offset6, offset6 + 16));
  } else {
    bytes[10] = 0xff;
    bytes[11] = 0xff;
    bytes.set(packet.data.subarray(offset4, offset4 + 4), 12);
  }
  return bytes;
}

/** Source address, 16 bytes, IPv4 mapped. */
export const sourceBytes = (packet: Packet): Uint8Array => addressAt(packet, 12, 8);

/** Destination address, 16 bytes, IPv4 mapped. */
export const destinationBytes = (packet: Packet): Uint8Array => addressAt(packet, 16, 24);

/** Source address, canonical text. */
export const sourceOf = (packet: Packet): string => formatAddress(sourceBytes(packet));

/** Destination address, canonical text. */
export const destinationOf = (packet: Packet): string => formatAddress(destinationBytes(packet));
