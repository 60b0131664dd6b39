/** Finds the IP header in a frame as libpcap hands it over. */

/** Link types that are read, as `cap` names them. */
export const linkTypes = ['ETHERNET', 'LINKTYPE_LINUX_SLL', 'RAW', 'NULL'] as const;
export type LinkType = (typeof linkTypes)[number];

export const isLinkType = (name: string): name is LinkType => (linkTypes as readonly string[]).includes(name);

/** Longest header in front of an IP header that is read: Linux cooked with two VLAN tags. */
export const linkBytesMax = 24;

const ipv4Type = 0x0800;
const ipv6Type = 0x86dd;
const vlanType = 0x8100;
const serviceVlanType = 0x88a8;
const vlansMax = 2;

/** Offset of the IP header; -1 where the frame carries no IP, or more than two VLAN tags. */
export function ipOffset(link: LinkType, frame: Uint8Array, captured: number): number {
  switch (link) {
    case 'ETHERNET':
      return behindTags(frame, 12, captured);
    case 'LINKTYPE_LINUX_SLL':
      return behindTags(frame, 14, captured);
    case 'RAW':
      return captured > 0 ? 0 : -1;
    case 'NULL':
      return captured > 4 ? 4 : -1;
  }
}

/** @param typeAt Where the EtherType stands. */
function behindTags(frame: Uint8Array, typeAt: number, captured: number): number {
  let at = typeAt;
  for (let tags = 0; at + 2 <= captured; tags++) {
    const type = (frame[at]! << 8) | frame[at + 1]!;
    if (type === ipv4Type || type === ipv6Type) return at + 2;
    if ((type !== vlanType && type !== serviceVlanType) || tags === vlansMax) return -1;
    at += 4;
  }
  return -1;
}
