/** The headers of IPv4 (RFC 791) and IPv6 (RFC 8200, with 4302 and 6946), up to what lies behind them. */
import type { MalformedKind } from '../../kernel/xdp/index.ts';
import type { Address } from './address.ts';
import { behind, bigNumber, firstOf, octet, sizeOf, word, type Span } from './span.ts';

export interface IpPacket {
  readonly source: Address;
  readonly destination: Address;
  readonly hopLimit: number;
  /** Bytes, header included: what the header says where that can be, else what arrived. */
  readonly length: number;
  /** What lies behind the IP header and its extensions, or the last number that could be read. */
  readonly protocol: number;
  /** One of several pieces, the first included. */
  readonly isFragment: boolean;
  readonly isLaterFragment: boolean;
  /** Where `protocol` begins; null in a later fragment and where extension headers could not be followed. */
  readonly upper: Span | null;
  /** How many bytes the IP header and its extensions claim. */
  readonly headerBytes: number;
}

export type Note = (kind: MalformedKind) => void;

const tcp = 6;

/** Null where the bytes are no IPv4 header. */
export function readIpv4(arrived: Span, note: Note): IpPacket | null {
  if (sizeOf(arrived) < 20 || octet(arrived, 0) >> 4 !== 4 || (octet(arrived, 0) & 15) < 5) {
    note('ipv4Header');
    return null;
  }
  const headerBytes = (octet(arrived, 0) & 15) * 4;
  const total = word(arrived, 2);
  const isSound = total >= headerBytes && total <= sizeOf(arrived);
  if (!isSound) note('ipv4Length');
  const packet = isSound ? firstOf(arrived, total) : arrived;
  const isMoreToCome = (octet(packet, 6) & 0x20) !== 0;
  const eights = word(packet, 6) % 0x2000;
  const protocol = octet(packet, 9);
  if (eights === 1 && protocol === tcp) note('fragment');
  return {
    source: { family: 4, value: bigNumber(packet, 12, 4) },
    destination: { family: 4, value: bigNumber(packet, 16, 4) },
    hopLimit: octet(packet, 8),
    length: sizeOf(packet),
    protocol,
    isFragment: isMoreToCome || eights > 0,
    isLaterFragment: eights > 0,
    upper: eights > 0 ? null : behind(packet, headerBytes),
    headerBytes,
  };
}

/** Null where the bytes are no IPv6 header. */
export function readIpv6(arrived: Span, note: Note): IpPacket | null {
  if (sizeOf(arrived) < 40 || octet(arrived, 0) >> 4 !== 6) {
    note('ipv6Header');
    return null;
  }
  const claimed = word(arrived, 4);
  if (40 + claimed > sizeOf(arrived)) note('ipv6Length');
  // 0 is the length of a jumbogram (RFC 2675), or of a packet without anything behind its header.
  const packet = claimed === 0 ? arrived : firstOf(arrived, 40 + claimed);
  return {
    source: { family: 6, value: bigNumber(packet, 8, 16) },
    destination: { family: 6, value: bigNumber(packet, 24, 16) },
    hopLimit: octet(packet, 7),
    length: sizeOf(packet),
    ...followExtensions(packet, note),
  };
}

type Chain = Pick<IpPacket, 'protocol' | 'isFragment' | 'isLaterFragment' | 'upper' | 'headerBytes'>;

/** Length of an extension header by what its second byte says; undefined for what is none. */
const extensionBytes: ReadonlyMap<number, (second: number) => number> = new Map([
  [0, (units: number) => units * 8 + 8],
  [43, (units: number) => units * 8 + 8],
  [60, (units: number) => units * 8 + 8],
  [44, () => 8],
  [51, (units: number) => units * 4 + 8],
]);

const fragmentHeader = 44;
const extensionsMax = 6;

function followExtensions(packet: Span, note: Note): Chain {
  const chain = { protocol: octet(packet, 6), isFragment: false, headerBytes: 40 };
  for (let count = 0; ; count++) {
    const { protocol, headerBytes } = chain;
    const lengthOf = extensionBytes.get(protocol);
    const rest = behind(packet, headerBytes);
    if (lengthOf === undefined) {
      if (headerBytes <= sizeOf(packet)) return { ...chain, isLaterFragment: false, upper: rest };
      // The last one claims more than there is.
      return unfollowed(chain, note);
    }
    if (count === extensionsMax || sizeOf(rest) < (protocol === fragmentHeader ? 8 : 2))
      return unfollowed(chain, note);
    chain.protocol = octet(rest, 0);
    chain.headerBytes += lengthOf(octet(rest, 1));
    if (protocol !== fragmentHeader) continue;
    const eights = word(rest, 2) >> 3;
    // Neither an offset nor more to come: an atomic fragment (RFC 6946), a whole packet.
    if (word(rest, 2) % 2 === 1 || eights > 0) chain.isFragment = true;
    if (eights === 1 && chain.protocol === tcp) note('fragment');
    if (eights > 0) return { ...chain, isLaterFragment: true, upper: null };
  }
}

function unfollowed(chain: Omit<Chain, 'isLaterFragment' | 'upper'>, note: Note): Chain {
  note('ipv6Extensions');
  return { ...chain, isLaterFragment: false, upper: null };
}
