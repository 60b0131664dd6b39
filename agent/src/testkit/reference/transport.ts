/** TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792) and ICMPv6 (RFC 4443): what rules and counters ask of them. */
import type { IpPacket, Note } from './ip.ts';
import { behind, octet, sizeOf, word, type Span } from './span.ts';

export interface Transport {
  /** Null where there are none: another protocol, a later fragment, or cut off. */
  readonly ports: { readonly source: number; readonly destination: number } | null;
  readonly tcpFlags: number | null;
  readonly icmpType: number | null;
  /** Null where its beginning is not known. */
  readonly payload: Span | null;
  /** What the network itself needs: no rule touches it. */
  readonly isNeeded: boolean;
}

const nothing: Transport = {
  ports: null,
  tcpFlags: null,
  icmpType: null,
  payload: null,
  isNeeded: false,
};

/** @param isInner Whether the packet came inside another one. */
export function readTransport(ip: IpPacket, isInner: boolean, note: Note): Transport {
  const { upper, protocol } = ip;
  if (upper === null) return nothing;
  if (protocol === 6) return readTcp(upper, note);
  if (protocol === 17) return readUdp(upper, ip.source.family, note);
  if (protocol === 1 && ip.source.family === 4) return readIcmp(upper, isNeededIcmpv4, note);
  if (protocol === 58 && ip.source.family === 6) {
    // Only what was never routed has hop limit 255 (RFC 4861); a tunnel carries what others sent.
    const isFromLink = ip.hopLimit === 255 && !isInner;
    return readIcmp(upper, (type) => type === 2 || (isFromLink && type >= 133 && type <= 136), note);
  }
  return nothing;
}

const portsOf = (upper: Span): Transport['ports'] => ({
  source: word(upper, 0),
  destination: word(upper, 2),
});

function readTcp(upper: Span, note: Note): Transport {
  if (sizeOf(upper) < 14) {
    note('tcp');
    return nothing;
  }
  const words = octet(upper, 12) >> 4;
  const isSound = words >= 5;
  if (!isSound) note('tcp');
  const payload = isSound ? behind(upper, words * 4) : null;
  return { ...nothing, ports: portsOf(upper), tcpFlags: octet(upper, 13), payload };
}

function readUdp(upper: Span, family: 4 | 6, note: Note): Transport {
  if (sizeOf(upper) < 8) {
    note('udp');
    return nothing;
  }
  const length = word(upper, 4);
  // Only a jumbogram, which is IPv6, may have 0 (RFC 2675).
  if (length < 8 && !(length === 0 && family === 6)) note('udp');
  const ports = portsOf(upper);
  // BOOTP (RFC 951), DHCPv6 (RFC 8415): client and server, in either direction.
  const dhcp = family === 4 ? [67, 68] : [546, 547];
  const isNeeded = ports !== null && [ports.source, ports.destination].every((port) => dhcp.includes(port));
  return { ...nothing, ports, payload: behind(upper, 8), isNeeded };
}

/** Fragmentation needed. */
const isNeededIcmpv4 = (type: number, code: number): boolean => type === 3 && code === 4;

function readIcmp(upper: Span, isNeeded: (type: number, code: number) => boolean, note: Note): Transport {
  // Type, code and checksum.
  if (sizeOf(upper) < 4) {
    note('icmp');
    return nothing;
  }
  const [type, code] = [octet(upper, 0), octet(upper, 1)];
  return { ...nothing, icmpType: type, isNeeded: isNeeded(type, code) };
}
