/**
 * Tunnels of a site, or from a scrubbing service: few gateways, whose packets have many lengths and belong together. What
 * belongs together shows inside: a security association counts its packets, an inner destination stays the same.
 */
import { commonest, effectiveCount, excessShare, sourceKey } from './signals.ts';
import type { Signal } from './signals.ts';
import type { Seen, Traffic } from './traffic.ts';

/** More gateways than this are none of a site; a scrubbing service has some dozens. */
const gatewaysMax = 48;
/** What goes through a tunnel has many lengths; a program sends one. */
const sameLengthShareMin = 0.9;
const factorOfTunnel = 0.4;

/** @param belongTogether Whether what is inside of the packets belongs together, as far as it can be seen. */
export function tunnelSignal({ seen }: Traffic, belongTogether: (seen: readonly Seen[]) => boolean): Signal {
  const gateways = effectiveCount(seen, sourceKey);
  const oneLength = commonest(seen, ({ length }) => length)?.share ?? 0;
  const isTunnel = gateways <= gatewaysMax && oneLength < sameLengthShareMin && belongTogether(seen);
  const reason = isTunnel
    ? `${gateways.toFixed(0)} gateways send packets that belong together, as tunnels do`
    : 'the packets belong to no tunnel';
  return { factor: isTunnel ? factorOfTunnel : 1, reason };
}

const uint16 = (data: Uint8Array, at: number): number => (data[at]! << 8) | data[at + 1]!;
const uint32 = (data: Uint8Array, at: number): number => uint16(data, at) * 65_536 + uint16(data, at + 2);

/** Associations that a gateway may have at once, and the share of packets that are in the order of their numbers. */
const associationsMax = 32;
const orderedShareMin = 0.8;

/** Sequence numbers of an association grow (RFC 4303, section 2.2), and samples lie in the order of their times. */
export function isEsp(seen: readonly Seen[]): boolean {
  const latest = new Map<number, number>();
  let [compared, ordered] = [0, 0];
  for (const { packet } of seen) {
    const { data, payloadOffset: at } = packet;
    if (data.length < at + 8) continue;
    const association = uint32(data, at);
    const number = uint32(data, at + 4);
    const before = latest.get(association);
    latest.set(association, number);
    if (before === undefined) continue;
    compared += 1;
    if (number > before) ordered += 1;
  }
  return latest.size <= associationsMax && ordered >= orderedShareMin * compared;
}

const innerDestinationsMax = 8;
const etherType = { ipv4: 0x0800, ipv6: 0x86dd, bridged: 0x6558 };

/** Inside are packets to few hosts, those behind the tunnel. */
export function isGre(seen: readonly Seen[]): boolean {
  const readable = seen.filter((one) => innerDestination(one) !== null);
  if (excessShare(seen, (one) => innerDestination(one) !== null) < 0.5) return false;
  return effectiveCount(readable, (one) => innerDestination(one)!) <= innerDestinationsMax;
}

/** Destination of the packet inside of GRE (RFC 2784, RFC 2890), null where it cannot be seen. */
function innerDestination({ packet: { data, payloadOffset } }: Seen): string | null {
  if (data.length < payloadOffset + 4) return null;
  const flags = data[payloadOffset]!;
  let at = payloadOffset + 4;
  for (const option of [0x80, 0x20, 0x10]) if ((flags & option) !== 0) at += 4;
  let type = uint16(data, payloadOffset + 2);
  if (type === etherType.bridged && data.length >= at + 14) {
    type = uint16(data, at + 12);
    at += 14;
  }
  const [from, bytes] = type === etherType.ipv4 ? [16, 4] : type === etherType.ipv6 ? [24, 16] : [0, 0];
  if (bytes === 0 || data.length < at + from + bytes) return null;
  return data.subarray(at + from, at + from + bytes).join('.');
}
