/**
 * How a server answers what it receives, as far as counters show it: SYN-ACKs up to its backlog, resets, ICMP errors
 * within the kernel's limit, and what it loses when there is more than it can take.
 */
import { ipProtocol, tcpFlag } from '../../packet/index.ts';
import type { Packet } from '../../packet/index.ts';
import { counter } from '../../types.ts';
import type { Chance } from './chance.ts';

/** Linux: icmp_msgs_per_sec and icmp_msgs_burst. */
const icmpErrorsPerSecond = 1000;
const icmpErrorsBurst = 50;
const synAckBytes = 60;
const rstBytes = 40;
const icmpErrorBytes = 76;

/** What comes back for a packet: a SYN-ACK, a reset, an ICMP error, a packet of its own kind, or nothing. */
export type Answer = 'synAck' | 'reset' | 'unreachable' | 'reply' | 'none';

/** For packets that belong to no connection and no service; `isConnected`: their senders finish handshakes. */
export function answerTo(packet: Packet, isConnected: boolean): Answer {
  if (packet.fragment === 'trailing') return 'none';
  if (packet.protocol === ipProtocol.tcp) return answerToTcp(packet.tcpFlags ?? 0, isConnected);
  if (packet.protocol === ipProtocol.udp) return 'unreachable';
  if (packet.protocol === (packet.version === 4 ? ipProtocol.icmp : ipProtocol.icmpv6))
    return packet.icmpType === (packet.version === 4 ? 8 : 128) ? 'reply' : 'none';
  return 'unreachable';
}

/** RFC 9293, section 3.10.7: a listener ignores resets and what has no ACK, and resets an ACK that it does not know. */
function answerToTcp(flags: number, isConnected: boolean): Answer {
  if ((flags & tcpFlag.rst) !== 0) return 'none';
  if ((flags & tcpFlag.syn) !== 0 && (flags & tcpFlag.ack) === 0) return 'synAck';
  if ((flags & tcpFlag.ack) === 0) return 'none';
  return isConnected ? 'reply' : 'reset';
}

export class Server {
  readonly #chance: Chance;
  readonly #hasCookies: boolean;
  readonly #backlog: number;
  readonly #halfOpenSeconds: number;
  /** A stateful firewall in front of the stack drops what belongs to no connection. */
  readonly #dropsUnknown: boolean;
  readonly #sendsIcmpErrors: boolean;
  /** Packets/s that its card and cores can take. */
  readonly capacity: number;
  #halfOpen = 0;
  #icmpTokens = icmpErrorsBurst;
  /** Since the last window began. */
  listenOverflows = 0;
  synCookiesSent = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
    this.#hasCookies = chance.chance(0.7);
    this.#backlog = chance.logUniform(256, 8192);
    this.#halfOpenSeconds = chance.uniform(7, 63);
    this.#dropsUnknown = chance.chance(0.4);
    this.#sendsIcmpErrors = chance.chance(0.5);
    this.capacity = chance.logUniform(400_000, 3_000_000);
  }

  beginWindow(seconds: number): void {
    this.listenOverflows = 0;
    this.synCookiesSent = 0;
    this.#halfOpen *= Math.exp(-seconds / this.#halfOpenSeconds);
    this.#icmpTokens = Math.min(
      Math.max(icmpErrorsBurst, icmpErrorsPerSecond * seconds),
      this.#icmpTokens + icmpErrorsPerSecond * seconds,
    );
  }

  /** Share of real clients' requests that still find room. */
  get admits(): number {
    return this.#hasCookies || this.#halfOpen < 0.9 * this.#backlog ? 1 : 0.1;
  }

  /** Counts the answers to `packets` of one kind. `length` is what a packet has on average. */
  answer(counts: Float64Array, answer: Answer, packets: number, length: number): void {
    switch (answer) {
      case 'synAck':
        send(counts, this.#halfOpened(packets), synAckBytes, counter.outTcpSynAck);
        break;
      case 'reset':
        if (!this.#dropsUnknown) send(counts, packets, rstBytes, counter.outTcpRst);
        break;
      case 'unreachable':
        send(counts, this.#icmpErrors(packets), icmpErrorBytes, counter.outIcmpUnreachable);
        break;
      case 'reply':
        send(counts, packets, length, null);
        break;
      case 'none':
        break;
    }
  }

  /** Requests whose senders will not finish the handshake; how many are answered. */
  #halfOpened(requests: number): number {
    const room = Math.max(0, Math.floor(this.#backlog - this.#halfOpen));
    const taken = Math.min(room, requests);
    this.#halfOpen += taken;
    if (this.#hasCookies) this.synCookiesSent += requests - taken;
    else this.listenOverflows += requests - taken;
    // Answers to half-open requests are repeated some five times before they are given up.
    const repeated = this.#chance.poisson((this.#halfOpen * 0.5) / this.#halfOpenSeconds);
    return (this.#hasCookies ? requests : taken) + repeated;
  }

  #icmpErrors(packets: number): number {
    if (!this.#sendsIcmpErrors) return 0;
    const sent = Math.min(packets, Math.floor(this.#icmpTokens));
    this.#icmpTokens -= sent;
    return sent;
  }
}

/** Counts what the target sends, also in a column of its kind. */
export function send(counts: Float64Array, packets: number, length: number, column: number | null): void {
  counts[counter.outPackets] = counts[counter.outPackets]! + packets;
  counts[counter.outBytes] = counts[counter.outBytes]! + Math.round(packets * length);
  if (column !== null) counts[column] = counts[column]! + packets;
}
