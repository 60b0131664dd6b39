/** Counts a packet into a row: what engine/packet/count.ts does (a test holds them equal), without an object. */
import { amplifierPorts, dnsPort, icmpTypes, ipProtocol, tcpFlag } from '../../engine/packet/constants.ts';
import { counter } from '../../engine/types.ts';
import { rowCounters } from './memory.ts';
import type { PacketReader } from './packet.ts';

const { fin, syn, rst, ack } = tcpFlag;
const isAmplifier = Uint8Array.from({ length: 65536 }, (_, port) => (amplifierPorts.has(port) ? 1 : 0));

export function countPacket(counters: Float64Array, row: number, packet: PacketReader): void {
  const base = row * rowCounters;
  const { protocol, length } = packet;
  add(counters, base + counter.packets, base + counter.bytes, length);
  if (packet.isFragment) increment(counters, base + counter.fragments);
  if (protocol === ipProtocol.tcp) {
    add(counters, base + counter.tcpPackets, base + counter.tcpBytes, length);
    if (packet.tcpFlags >= 0) countFlags(counters, base, packet.tcpFlags);
  } else if (protocol === ipProtocol.udp) {
    add(counters, base + counter.udpPackets, base + counter.udpBytes, length);
    if (packet.sourcePort >= 0) countAmplifier(counters, base, packet.sourcePort, length);
  } else if (protocol === (packet.version === 4 ? ipProtocol.icmp : ipProtocol.icmpv6)) {
    add(counters, base + counter.icmpPackets, base + counter.icmpBytes, length);
    if (packet.icmpType >= 0) countIcmpType(counters, base, packet);
  } else {
    add(counters, base + counter.otherPackets, base + counter.otherBytes, length);
    if (protocol === ipProtocol.gre) increment(counters, base + counter.grePackets);
    else if (protocol === ipProtocol.esp) increment(counters, base + counter.espPackets);
  }
}

function increment(counters: Float64Array, at: number): void {
  counters[at] = counters[at]! + 1;
}

function add(counters: Float64Array, packetsAt: number, bytesAt: number, length: number): void {
  counters[packetsAt] = counters[packetsAt]! + 1;
  counters[bytesAt] = counters[bytesAt]! + length;
}

function countAmplifier(counters: Float64Array, base: number, sourcePort: number, length: number): void {
  if (isAmplifier[sourcePort] === 0) return;
  add(counters, base + counter.udpAmplifierPackets, base + counter.udpAmplifierBytes, length);
  if (sourcePort === dnsPort) add(counters, base + counter.udpDnsPackets, base + counter.udpDnsBytes, length);
}

function countIcmpType(counters: Float64Array, base: number, { version, icmpType }: PacketReader): void {
  const types = icmpTypes[version];
  if (icmpType === types.echoRequest) increment(counters, base + counter.icmpEchoRequests);
  else if (icmpType === types.echoReply) increment(counters, base + counter.icmpEchoReplies);
  else if (icmpType === types.unreachable) increment(counters, base + counter.icmpUnreachable);
}

function countFlags(counters: Float64Array, base: number, flags: number): void {
  const kind = flags & (fin | syn | rst | ack);
  if (kind === ack) increment(counters, base + counter.tcpAck);
  else if (kind === syn) increment(counters, base + counter.tcpSyn);
  else if (kind === (syn | ack)) increment(counters, base + counter.tcpSynAck);
  if ((kind & rst) !== 0) increment(counters, base + counter.tcpRst);
  if ((kind & fin) !== 0) increment(counters, base + counter.tcpFin);
  const contradicts =
    kind === 0 ||
    kind === fin ||
    (kind & (syn | fin)) === (syn | fin) ||
    (kind & (syn | rst)) === (syn | rst) ||
    (kind & (rst | fin)) === (rst | fin);
  if (contradicts) increment(counters, base + counter.tcpInvalid);
}
