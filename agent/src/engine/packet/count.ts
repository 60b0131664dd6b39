/** Counts a packet into the row of its target: the reference for what bpf/count.h does in the kernel. */
import { counter } from '../types.ts';
import { amplifierPorts, dnsPort, icmpTypes, ipProtocol, tcpFlag } from './constants.ts';
import type { Packet } from './parse.ts';

/** Adds one packet, of `length` bytes, to a row indexed by `counter`. */
export function countPacket(counts: Float64Array, packet: Packet, length = packet.length): void {
  add(counts, counter.packets, 1);
  add(counts, counter.bytes, length);
  if (packet.fragment !== 'none') add(counts, counter.fragments, 1);
  if (packet.protocol === ipProtocol.tcp) {
    add(counts, counter.tcpPackets, 1);
    add(counts, counter.tcpBytes, length);
    if (packet.tcpFlags !== null) countFlags(counts, packet.tcpFlags);
  } else if (packet.protocol === ipProtocol.udp) {
    add(counts, counter.udpPackets, 1);
    add(counts, counter.udpBytes, length);
    if (packet.sourcePort !== null) countAmplifier(counts, packet.sourcePort, length);
  } else if (packet.protocol === (packet.version === 4 ? ipProtocol.icmp : ipProtocol.icmpv6)) {
    add(counts, counter.icmpPackets, 1);
    add(counts, counter.icmpBytes, length);
    countIcmpType(counts, packet);
  } else {
    add(counts, counter.otherPackets, 1);
    add(counts, counter.otherBytes, length);
    if (packet.protocol === ipProtocol.gre) add(counts, counter.grePackets, 1);
    if (packet.protocol === ipProtocol.esp) add(counts, counter.espPackets, 1);
  }
}

function add(counts: Float64Array, index: number, amount: number): void {
  counts[index] = counts[index]! + amount;
}

function countAmplifier(counts: Float64Array, sourcePort: number, length: number): void {
  if (!amplifierPorts.has(sourcePort)) return;
  add(counts, counter.udpAmplifierPackets, 1);
  add(counts, counter.udpAmplifierBytes, length);
  if (sourcePort !== dnsPort) return;
  add(counts, counter.udpDnsPackets, 1);
  add(counts, counter.udpDnsBytes, length);
}

function countIcmpType(counts: Float64Array, { version, icmpType }: Packet): void {
  const { echoRequest, echoReply, unreachable } = icmpTypes[version];
  if (icmpType === echoRequest) add(counts, counter.icmpEchoRequests, 1);
  if (icmpType === echoReply) add(counts, counter.icmpEchoReplies, 1);
  if (icmpType === unreachable) add(counts, counter.icmpUnreachable, 1);
}

function countFlags(counts: Float64Array, flags: number): void {
  const { fin, syn, rst, ack } = tcpFlag;
  const kind = flags & (fin | syn | rst | ack);
  if (kind === ack) add(counts, counter.tcpAck, 1);
  if (kind === syn) add(counts, counter.tcpSyn, 1);
  if (kind === (syn | ack)) add(counts, counter.tcpSynAck, 1);
  if ((kind & rst) !== 0) add(counts, counter.tcpRst, 1);
  if ((kind & fin) !== 0) add(counts, counter.tcpFin, 1);
  // A connection starts, ends or breaks, one at a time, and only SYN and RST come without ACK.
  const several = [syn | fin, syn | rst, rst | fin].some((pair) => (kind & pair) === pair);
  if (kind === 0 || kind === fin || several) add(counts, counter.tcpInvalid, 1);
}
