/** Ethernet II and IEEE 802.3, with VLAN tags (802.1Q, 802.1ad), MPLS labels (RFC 3032) and PPPoE (RFC 2516). */
import { cutOff, etherType, notIp, uint16 } from './locator.ts';
import { pppPayload } from './ppp.ts';

const headerBytes = 14;
const tagsMax = 8;
const labelsMax = 16;
const pppoeBytes = 6;
/** Up to here the field is a length, not a type (IEEE 802.3, clause 3.2.6). */
const lengthMax = 1500;

export function ethernet(bytes: Uint8Array, from: number, to: number): number {
  if (from + headerBytes > to) return cutOff;
  return etherPayload(bytes, uint16(bytes, from + 12), from + headerBytes, to);
}

/** What lies behind an Ethernet type, which other link layers carry, too. */
export function etherPayload(bytes: Uint8Array, firstType: number, firstAt: number, to: number): number {
  let type = firstType;
  let at = firstAt;
  for (
    let tags = 0;
    type === etherType.vlan || type === etherType.serviceVlan || type === etherType.oldServiceVlan;
    tags++
  ) {
    if (tags === tagsMax) return notIp;
    if (at + 4 > to) return cutOff;
    type = uint16(bytes, at + 2);
    at += 4;
  }
  if (type === etherType.ipv4 || type === etherType.ipv6) return at;
  if (type === etherType.mpls || type === etherType.mplsUpstream) return behindLabels(bytes, at, to);
  if (type === etherType.pppoe) return pppPayload(bytes, at + pppoeBytes, to);
  return type <= lengthMax ? behindSnap(bytes, at, to) : notIp;
}

/** Labels do not say what they carry; a router tells by the first nibble (RFC 4928, section 2). */
function behindLabels(bytes: Uint8Array, first: number, to: number): number {
  for (let at = first, labels = 0; labels < labelsMax; at += 4, labels++) {
    if (at + 5 > to) return cutOff;
    const isBottom = (bytes[at + 2]! & 1) === 1;
    if (!isBottom) continue;
    const version = bytes[at + 4]! >> 4;
    return version === 4 || version === 6 ? at + 4 : notIp;
  }
  return notIp;
}

/** IP behind LLC and SNAP (RFC 1042): aa aa 03, an organisation of 00 00 00, then an Ethernet type. */
function behindSnap(bytes: Uint8Array, at: number, to: number): number {
  if (at + 8 > to) return cutOff;
  const isSnap = uint16(bytes, at) === 0xaaaa && bytes[at + 2] === 3;
  const type = uint16(bytes, at + 6);
  return isSnap && (type === etherType.ipv4 || type === etherType.ipv6) ? at + 8 : notIp;
}
