/**
 * A FlowSpec rule in one neutral form (RFC 8955 for IPv4, RFC 8956 for IPv6), that every speaker and text is made from.
 *
 * Every component that is given must hold, and of a component's terms any one. The two operators that implementations
 * read differently (0, always false, and 7, always true) cannot be said.
 */

/** Numbers `from` to `to`, both included. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** Matches when (bits & mask) == value; `value` holds no bit outside of `mask`, and `mask` is not 0. */
export interface BitTerm {
  readonly mask: number;
  readonly value: number;
}

/** Bits of component 12 (RFC 8955, section 4.2.2.12). IPv6 has no "don't fragment" (RFC 8956, section 3.6). */
export const flowspecFragment = { dontFragment: 1, isFragment: 2, first: 4, last: 8 } as const;

export interface FlowspecMatch {
  readonly family: 4 | 6;
  /** Component 1: an address prefix in canonical text, such as 203.0.113.7/32. */
  readonly destination: string;
  /** Component 2. */
  readonly source?: string;
  /** Component 3: IP protocol, for IPv6 the upper-layer protocol (RFC 8956, section 3.3); 0 to 255. */
  readonly protocols?: readonly NumberRange[];
  /** Component 4: either port; 0 to 65535. */
  readonly ports?: readonly NumberRange[];
  /** Component 5. */
  readonly destinationPorts?: readonly NumberRange[];
  /** Component 6. */
  readonly sourcePorts?: readonly NumberRange[];
  /** Components 7 and 8: type and code of ICMP or ICMPv6; 0 to 255. */
  readonly icmpTypes?: readonly NumberRange[];
  readonly icmpCodes?: readonly NumberRange[];
  /** Component 9: FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64, CWR = 128. */
  readonly tcpFlags?: readonly BitTerm[];
  /** Component 10: length of the IP packet, bytes, without what is below IP; 0 to 65535. */
  readonly packetLengths?: readonly NumberRange[];
  /** Component 11: 0 to 63. */
  readonly dscp?: readonly NumberRange[];
  /** Component 12: see `flowspecFragment`. */
  readonly fragment?: readonly BitTerm[];
  /** Component 13, IPv6 alone (RFC 8956, section 3.7): 0 to 1,048,575. */
  readonly flowLabels?: readonly NumberRange[];
}

/** What a router does with the packets (RFC 8955, section 7). */
export type FlowspecAction =
  | { readonly type: 'discard' }
  /** What may pass, bytes/s. */
  | { readonly type: 'limit'; readonly bytesPerSecond: number }
  /** What may pass, packets/s. */
  | { readonly type: 'limitPackets'; readonly packetsPerSecond: number }
  | { readonly type: 'mark'; readonly dscp: number }
  /** Into a VRF by its route target: two-octet AS and number, four-octet AS and number, or IPv4 address and number. */
  | { readonly type: 'redirect'; readonly routeTarget: string }
  /** To a next hop (draft-ietf-idr-flowspec-redirect-ip). */
  | { readonly type: 'redirectToIp'; readonly address: string };

export interface FlowspecRule {
  readonly match: FlowspecMatch;
  /** One, or `mark` beside another one. */
  readonly actions: readonly FlowspecAction[];
}
