/** What a packet is, as far as its headers tell: every packet is of exactly one kind. */
import { ipProtocol, tcpFlag } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';

export type Kind =
  | 'syn'
  | 'syn_ack'
  | 'ack'
  | 'rst'
  | 'fin'
  | 'invalid'
  | 'udp'
  | 'icmp'
  | 'gre'
  | 'esp'
  | 'fragment'
  | 'other';

const { fin, syn, rst, psh, ack, urg } = tcpFlag;

/**
 * A connection starts, ends or breaks, one at a time, and only SYN and RST come without ACK (RFC 9293, section 3.10.7). A
 * bare FIN is what a FIN flood sends, not a mixture that no state of TCP knows.
 */
function kindOfTcp(flags: number): Kind {
  switch (flags & (fin | syn | rst | ack)) {
    case syn:
      return 'syn';
    case syn | ack:
      return 'syn_ack';
    case ack:
      return 'ack';
    case rst:
    case rst | ack:
      return 'rst';
    case fin | ack:
      return 'fin';
    case fin:
      return (flags & (psh | urg)) === 0 ? 'fin' : 'invalid';
    default:
      return 'invalid';
  }
}

/** A trailing fragment carries no header of its transport, so it is a kind of its own. */
export function kindOf({ version, protocol, fragment, tcpFlags }: Packet): Kind {
  if (fragment === 'trailing') return 'fragment';
  switch (protocol) {
    case ipProtocol.tcp:
      return tcpFlags === null ? 'other' : kindOfTcp(tcpFlags);
    case ipProtocol.udp:
      return 'udp';
    case ipProtocol.icmp:
      return version === 4 ? 'icmp' : 'other';
    case ipProtocol.icmpv6:
      return version === 6 ? 'icmp' : 'other';
    case ipProtocol.gre:
      return 'gre';
    case ipProtocol.esp:
      return 'esp';
    default:
      return 'other';
  }
}

/** Bytes behind the transport's header. */
export const payloadBytes = (packet: Packet, length: number): number =>
  Math.max(0, length - packet.payloadOffset);
