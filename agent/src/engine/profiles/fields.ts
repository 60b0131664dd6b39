/** Fields of a packet's headers as numbers, by the names that an AttackProfile uses. */
import type { HeaderFieldName } from '@tidegate/schemas';
import { ipProtocol } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import { walkExtensionHeaders } from '../packet/extension-headers.ts';

/** Null where the packet has no such field, or where its header is cut off. `length` is that of the whole IP packet. */
export type FieldReader = (packet: Packet, length: number) => number | null;

/** A big-endian number of so many bytes. */
function numberAt(data: Uint8Array, offset: number, bytes: 1 | 2 | 4): number | null {
  if (offset + bytes > data.length) return null;
  let value = 0;
  for (let index = 0; index < bytes; index++) value = value * 256 + data[offset + index]!;
  return value;
}

/** Of the IPv4 header, which is always there in full. */
const ofIpv4 =
  (offset: number, bytes: 1 | 2 | 4): FieldReader =>
  ({ version, data }) =>
    version === 4 ? numberAt(data, offset, bytes) : null;

/** Where the header behind IP begins; null in a trailing fragment and where the way to it is cut off. */
function transportOffset({ version, data, fragment }: Packet): number | null {
  if (fragment === 'trailing') return null;
  if (version === 4) return (data[0]! & 0x0f) * 4;
  const chain = walkExtensionHeaders(data, data[6]!, 40);
  return chain.complete ? chain.offset : null;
}

const ofTransport =
  (isProtocol: (packet: Packet) => boolean) =>
  (offset: number, bytes: 1 | 2 | 4): FieldReader =>
  (packet) => {
    const start = isProtocol(packet) ? transportOffset(packet) : null;
    return start === null ? null : numberAt(packet.data, start + offset, bytes);
  };

const ofTcp = ofTransport(({ protocol }) => protocol === ipProtocol.tcp);
const ofUdp = ofTransport(({ protocol }) => protocol === ipProtocol.udp);
const ofGre = ofTransport(({ protocol }) => protocol === ipProtocol.gre);
const ofIcmp = ofTransport(
  ({ protocol, version }) => protocol === (version === 4 ? ipProtocol.icmp : ipProtocol.icmpv6),
);

const map =
  (read: FieldReader, change: (value: number) => number): FieldReader =>
  (packet, length) => {
    const value = read(packet, length);
    return value === null ? null : change(value);
  };

/** Behind the header of TCP, UDP or ICMP, by the lengths that the headers state. */
const payloadLength: FieldReader = ({ sourcePort, icmpType, payloadOffset }, length) =>
  (sourcePort === null && icmpType === null) || payloadOffset > length ? null : length - payloadOffset;

export const fieldReaders: Readonly<Record<HeaderFieldName, FieldReader>> = {
  'ip.source': ofIpv4(12, 4),
  'ip.destination': ofIpv4(16, 4),
  'ip.id': ofIpv4(4, 2),
  'ip.length': (_, length) => length,
  'ip.headerLength': map(ofIpv4(0, 1), (byte) => (byte & 0x0f) * 4),
  // RFC 791 and RFC 2474; in IPv6 the eight bits lie across the first two bytes (RFC 8200, section 3).
  'ip.trafficClass': ({ version, data }) =>
    version === 4 ? data[1]! : ((data[0]! & 0x0f) << 4) | (data[1]! >> 4),
  'ip.flags': map(ofIpv4(6, 1), (byte) => byte >> 5),
  'ip.flowLabel': ({ version, data }) =>
    version === 6 ? ((data[1]! & 0x0f) << 16) | (data[2]! << 8) | data[3]! : null,
  sourcePort: ({ sourcePort }) => sourcePort,
  destinationPort: ({ destinationPort }) => destinationPort,
  'tcp.sequence': ofTcp(4, 4),
  'tcp.acknowledgment': ofTcp(8, 4),
  'tcp.headerLength': map(ofTcp(12, 1), (byte) => (byte >> 4) * 4),
  'tcp.window': ofTcp(14, 2),
  'tcp.urgent': ofTcp(18, 2),
  'udp.length': ofUdp(4, 2),
  'udp.checksum': ofUdp(6, 2),
  'icmp.type': ofIcmp(0, 1),
  'icmp.code': ofIcmp(1, 1),
  'icmp.id': ofIcmp(4, 2),
  'gre.protocol': ofGre(2, 2),
  'payload.length': payloadLength,
};
