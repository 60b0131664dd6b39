/** The frame ends before its IP packet could begin. */
export const cutOff = -2;
/** There is something else in it, such as ARP. */
export const notIp = -1;

/** Where the IP packet of the frame in `bytes` from `from` up to `to` begins; `notIp` or `cutOff` where none does. */
export type IpLocator = (bytes: Uint8Array, from: number, to: number) => number;

export const etherType = {
  ipv4: 0x0800,
  ipv6: 0x86dd,
  vlan: 0x8100,
  serviceVlan: 0x88a8,
  /** Stacked tags before IEEE 802.1ad gave them a number of their own. */
  oldServiceVlan: 0x9100,
  mpls: 0x8847,
  mplsUpstream: 0x8848,
  pppoe: 0x8864,
} as const;

export const uint16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
