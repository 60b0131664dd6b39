/**
 * The numbers of one IP packet, read into fields that are used again for the next one: `parsePacket` and `countPacket`
 * without an object or a view for each packet, because a capture file has hundreds of millions of them. Twin tests hold
 * both equal.
 */
import { amplifierPorts, dnsPort, icmpTypes, ipProtocol, tcpFlag } from '../../packet/constants.ts';
import { countPacket, parsePacket } from '../../packet/index.ts';
import { counter, counterNames } from '../../types.ts';
import { putIpv4, putIpv6 } from './address.ts';

const isAmplifier = new Uint8Array(65_536);
for (const port of amplifierPorts) isAmplifier[port] = 1;

/** More than any packet counts in. */
const countersMax = 8;

/** Counters of TCP flags by their lower five bits, behind a number of how many there are. */
const flagCounters = new Uint8Array(32 * countersMax);
for (let flags = 0; flags < 32; flags++) {
  countersOfFlags(flags).forEach((index, place) => (flagCounters[flags * countersMax + 1 + place] = index));
  flagCounters[flags * countersMax] = countersOfFlags(flags).length;
}

/** As `countPacket` counts them. */
function countersOfFlags(flags: number): number[] {
  const { fin, syn, rst, ack } = tcpFlag;
  const kind = flags & (fin | syn | rst | ack);
  const several = [syn | fin, syn | rst, rst | fin].some((pair) => (kind & pair) === pair);
  return [
    ...(kind === ack ? [counter.tcpAck] : []),
    ...(kind === syn ? [counter.tcpSyn] : []),
    ...(kind === (syn | ack) ? [counter.tcpSynAck] : []),
    ...((kind & rst) !== 0 ? [counter.tcpRst] : []),
    ...((kind & fin) !== 0 ? [counter.tcpFin] : []),
    ...(kind === 0 || kind === fin || several ? [counter.tcpInvalid] : []),
  ];
}

export class Header {
  /** Addresses as four signed 32-bit words, IPv4 mapped (RFC 4291, section 2.5.5.2). */
  readonly source = new Int32Array(4);
  readonly destination = new Int32Array(4);
  isIpv4 = true;
  /** Of the whole IP packet, bytes. */
  length = 0;
  /** Counters that the packet adds one to, as many as `counted`, and those that it adds its bytes to. */
  readonly counters = new Uint8Array(countersMax);
  counted = 0;
  readonly byteCounters = new Uint8Array(countersMax);
  bytesCounted = 0;
  readonly #scratch = new Float64Array(counterNames.length);

  /**
   * Reads the packet from `from` on; false where it is none.
   *
   * @param wireBytes Length of the packet by the frame it came in, for a sender that leaves its length to the card.
   */
  read(bytes: Uint8Array, from: number, to: number, wireBytes: number): boolean {
    this.counted = 0;
    this.bytesCounted = 0;
    const version = from < to ? bytes[from]! >> 4 : 0;
    if (version === 4) return this.#readIpv4(bytes, from, to, wireBytes);
    return version === 6 && this.#readIpv6(bytes, from, to);
  }

  #readIpv4(bytes: Uint8Array, from: number, to: number, wireBytes: number): boolean {
    if (from + 20 > to) return false;
    const headerBytes = (bytes[from]! & 0x0f) * 4;
    const said = (bytes[from + 2]! << 8) | bytes[from + 3]!;
    const length = said === 0 ? Math.min(65_535, wireBytes) : said;
    if (headerBytes < 20 || length < headerBytes || from + headerBytes > to) return false;
    this.isIpv4 = true;
    this.length = length;
    putIpv4(this.source, bytes, from + 12);
    putIpv4(this.destination, bytes, from + 16);
    const fragment = ((bytes[from + 6]! << 8) | bytes[from + 7]!) & 0x3fff;
    this.#begin(fragment !== 0);
    const end = Math.min(to, from + length);
    this.#transport(bytes, from + headerBytes, end, bytes[from + 9]!, (fragment & 0x1fff) !== 0);
    return true;
  }

  #readIpv6(bytes: Uint8Array, from: number, to: number): boolean {
    if (from + 40 > to) return false;
    const payloadBytes = (bytes[from + 4]! << 8) | bytes[from + 5]!;
    this.isIpv4 = false;
    this.length = 40 + payloadBytes;
    putIpv6(this.source, bytes, from + 8);
    putIpv6(this.destination, bytes, from + 24);
    const next = bytes[from + 6]!;
    const end = payloadBytes === 0 ? to : Math.min(to, from + this.length);
    if (next === ipProtocol.tcp || next === ipProtocol.udp || next === ipProtocol.icmpv6) {
      this.#begin(false);
      this.#transport(bytes, from + 40, end, next, false);
      return true;
    }
    // Extension headers are rare enough to be left to the reader that knows them.
    const packet = parsePacket(bytes.subarray(from, end));
    if (packet === null) return false;
    this.#scratch.fill(0);
    countPacket(this.#scratch, packet);
    for (let index = 0; index < this.#scratch.length; index++) {
      // A packet counts once, and no packet has only one byte.
      if (this.#scratch[index] === 1) this.#add(index);
      else if (this.#scratch[index]! > 1) this.#addBytes(index);
    }
    return true;
  }

  #begin(isFragment: boolean): void {
    this.#add(counter.packets);
    this.#addBytes(counter.bytes);
    if (isFragment) this.#add(counter.fragments);
  }

  #add(index: number): void {
    this.counters[this.counted++] = index;
  }

  #addBytes(index: number): void {
    this.byteCounters[this.bytesCounted++] = index;
  }

  #transport(bytes: Uint8Array, at: number, end: number, protocol: number, isTrailing: boolean): void {
    const present = isTrailing ? 0 : end - at;
    if (protocol === ipProtocol.tcp) {
      this.#add(counter.tcpPackets);
      this.#addBytes(counter.tcpBytes);
      if (present < 14) return;
      const place = (bytes[at + 13]! & 31) * countersMax;
      for (let index = 1; index <= flagCounters[place]!; index++) this.#add(flagCounters[place + index]!);
    } else if (protocol === ipProtocol.udp) {
      this.#add(counter.udpPackets);
      this.#addBytes(counter.udpBytes);
      if (present >= 8) this.#amplifier((bytes[at]! << 8) | bytes[at + 1]!);
    } else if (protocol === (this.isIpv4 ? ipProtocol.icmp : ipProtocol.icmpv6)) {
      this.#add(counter.icmpPackets);
      this.#addBytes(counter.icmpBytes);
      if (present >= 4) this.#icmp(bytes[at]!);
    } else {
      this.#add(counter.otherPackets);
      this.#addBytes(counter.otherBytes);
      if (protocol === ipProtocol.gre) this.#add(counter.grePackets);
      if (protocol === ipProtocol.esp) this.#add(counter.espPackets);
    }
  }

  #amplifier(sourcePort: number): void {
    if (isAmplifier[sourcePort] === 0) return;
    this.#add(counter.udpAmplifierPackets);
    this.#addBytes(counter.udpAmplifierBytes);
    if (sourcePort !== dnsPort) return;
    this.#add(counter.udpDnsPackets);
    this.#addBytes(counter.udpDnsBytes);
  }

  #icmp(type: number): void {
    const { echoRequest, echoReply, unreachable } = icmpTypes[this.isIpv4 ? 4 : 6];
    if (type === echoRequest) this.#add(counter.icmpEchoRequests);
    if (type === echoReply) this.#add(counter.icmpEchoReplies);
    if (type === unreachable) this.#add(counter.icmpUnreachable);
  }
}
