/** A route in one neutral form, that every speaker is told from and that what a speaker has is read back to. */
import type { FlowspecRule } from '../flowspec/rule.ts';

/** What routers do with traffic, by a rule (RFC 8955). */
export interface FlowspecRoute {
  readonly kind: 'flowspec';
  readonly rule: FlowspecRule;
  /** As they are written: 65001:100; a well-known one as its number, such as 65535:65281 (NO_EXPORT). */
  readonly communities: readonly string[];
}

/** All traffic to an address is dropped at the border of a network (RTBH, RFC 5635 and RFC 7999). */
export interface BlackholeRoute {
  readonly kind: 'blackhole';
  /** Canonical text, such as 203.0.113.7/32. */
  readonly prefix: string;
  /** An address that the routers discard, of the family of the prefix, such as 192.0.2.1 or 100::1. */
  readonly nextHop: string;
  /** 65535:666 is BLACKHOLE (RFC 7999), 65535:65281 NO_EXPORT (RFC 1997). */
  readonly communities: readonly string[];
}

export type BgpRoute = FlowspecRoute | BlackholeRoute;

/** A route in the bytes of BGP. */
export interface WireRoute {
  /** 1 is IPv4, 2 is IPv6. */
  readonly afi: 1 | 2;
  /** 1 is unicast, 133 FlowSpec. */
  readonly safi: 1 | 133;
  /** With its length in front, as it stands in an UPDATE. */
  readonly nlri: Uint8Array;
  /** Each with its flags, type and length (RFC 4271, section 4.3), in the order of their types. */
  readonly attributes: readonly Uint8Array[];
}

/** BLACKHOLE (RFC 7999, section 5) and NO_EXPORT (RFC 1997). */
export const blackholeCommunity = '65535:666';
export const noExportCommunity = '65535:65281';
