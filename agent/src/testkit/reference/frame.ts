/** A frame from its Ethernet header to what rules and counters ask, tunnels opened where asked. */
import type { MalformedKind } from '../../kernel/xdp/index.ts';
import { readIpv4, readIpv6, type IpPacket, type Note } from './ip.ts';
import { behind, octet, sizeOf, wholeOf, word, type Span } from './span.ts';
import { readTransport, type Transport } from './transport.ts';

export interface Decapsulation {
  /** RFC 2784, 2890: IP inside GRE. */
  readonly gre: boolean;
  /** RFC 2003, 2473, 4213: IP inside IP. */
  readonly ip: boolean;
}

export interface Dissection {
  /** Null where the frame carries no IP packet that can be read. */
  readonly packet: (IpPacket & Transport) | null;
  readonly malformed: ReadonlySet<MalformedKind>;
}

const etherType = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8 } as const;
const tagsMax = 2;

export function dissect(frame: Uint8Array, decapsulation: Decapsulation): Dissection {
  const malformed = new Set<MalformedKind>();
  const note: Note = (kind) => void malformed.add(kind);
  const content = openEthernet(wholeOf(frame), note);
  const outer = content === null ? null : readIp(content.type, content.inside, note);
  if (outer === null) return { packet: null, malformed };
  const inner = openTunnel(outer, content!.inside.from, decapsulation, note);
  return { packet: inner ?? { ...outer, ...readTransport(outer, false, note) }, malformed };
}

interface Content {
  readonly type: number;
  readonly inside: Span;
}

function openEthernet(frame: Span, note: Note): Content | null {
  if (sizeOf(frame) < 14) {
    note('ethernet');
    return null;
  }
  let [type, inside] = [word(frame, 12), behind(frame, 14)];
  for (let tags = 0; type === etherType.vlan || type === etherType.serviceVlan; tags++) {
    if (tags === tagsMax) return null;
    if (sizeOf(inside) < 4) {
      note('vlan');
      return null;
    }
    [type, inside] = [word(inside, 2), behind(inside, 4)];
  }
  return { type, inside };
}

function readIp(type: number, span: Span, note: Note): IpPacket | null {
  if (type === etherType.ipv4) return readIpv4(span, note);
  return type === etherType.ipv6 ? readIpv6(span, note) : null;
}

/** How far into the frame a tunnel is opened, bytes. */
const tunnelOffsetMax = 2047;

/** The packet inside; null where there is none, it was not asked for, or it cannot be read, which is noted. */
function openTunnel(outer: IpPacket, ipAt: number, wanted: Decapsulation, note: Note): Dissection['packet'] {
  const { protocol, upper } = outer;
  const isAsked = protocol === 47 ? wanted.gre : (protocol === 4 || protocol === 41) && wanted.ip;
  if (!isAsked || outer.isLaterFragment || upper === null) return null;
  const content = ipAt + outer.headerBytes > tunnelOffsetMax ? 'unreadable' : contentOf(protocol, upper);
  if (content === null) return null;
  const noted: MalformedKind[] = [];
  const inner =
    content === 'unreadable' ? null : readIp(content.type, content.inside, (kind) => noted.push(kind));
  if (inner === null) {
    note('tunnel');
    return null;
  }
  for (const kind of noted) note(kind);
  return { ...inner, ...readTransport(inner, true, note) };
}

function contentOf(protocol: number, upper: Span): Content | 'unreadable' | null {
  if (protocol === 4) return { type: etherType.ipv4, inside: upper };
  if (protocol === 41) return { type: etherType.ipv6, inside: upper };
  return openGre(upper);
}

function openGre(upper: Span): Content | 'unreadable' | null {
  if (sizeOf(upper) < 4) return 'unreadable';
  const [flags, version] = [octet(upper, 0), octet(upper, 1) & 7];
  const [hasChecksum, hasRouting, hasKey, hasSequence] = [0x80, 0x40, 0x20, 0x10].map(
    (bit) => (flags & bit) !== 0,
  );
  // PPTP is version 1 and carries no IP; source routing is of RFC 1701, and 2784 took it out.
  if (hasRouting === true || version !== 0) return null;
  const type = word(upper, 2);
  if (type !== etherType.ipv4 && type !== etherType.ipv6) return null;
  const options = [hasChecksum, hasKey, hasSequence].filter((isThere) => isThere === true).length;
  return { type, inside: behind(upper, 4 + 4 * options) };
}
