/**
 * Addresses that no packet from the Internet carries as its source, or that nobody should block as a list entry: the
 * IANA special-purpose registries (RFC 6890 and its updates), multicast and reserved space, and all of IPv6 outside
 * 2000::/3, of which nothing is allocated to anybody.
 */

/** RFC 5737, RFC 3849, RFC 9637: tests and labs use them as real ones. */
export const documentationPrefixes: readonly string[] = [
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '2001:db8::/32',
  '3fff::/20',
];

export const bogonPrefixes: readonly string[] = [
  '0.0.0.0/8', // this network, RFC 791
  '10.0.0.0/8', // private, RFC 1918
  '100.64.0.0/10', // shared by carriers, RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link-local, RFC 3927
  '172.16.0.0/12', // private, RFC 1918
  '192.0.0.0/24', // protocol assignments, RFC 6890
  '192.31.196.0/24', // AS112, RFC 7535
  '192.52.193.0/24', // multicast tunnels, RFC 7450
  '192.88.99.0/24', // 6to4 relays, RFC 7526
  '192.168.0.0/16', // private, RFC 1918
  '192.175.48.0/24', // AS112, RFC 7534
  '198.18.0.0/15', // benchmarks, RFC 2544
  '224.0.0.0/3', // multicast and reserved, RFC 5771, RFC 1112
  '::/3', // unspecified, loopback, mapped, NAT64, discard-only
  '2001::/23', // protocol assignments with Teredo, RFC 2928
  '2002::/16', // 6to4, RFC 3056
  '2620:4f:8000::/48', // AS112, RFC 7534
  '4000::/2', // not allocated; SRv6 identifiers
  '8000::/1', // not allocated; unique local, link-local, multicast
];
