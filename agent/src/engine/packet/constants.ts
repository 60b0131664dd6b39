/** Numbers of the field: IP protocols (IANA), TCP flag bits (RFC 9293, section 3.1), well-known ports. */

export const ipProtocol = {
  hopByHop: 0,
  icmp: 1,
  tcp: 6,
  udp: 17,
  routing: 43,
  fragment: 44,
  authentication: 51,
  icmpv6: 58,
  noNextHeader: 59,
  destinationOptions: 60,
  mobility: 135,
} as const;

export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

export const dnsPort = 53;

/**
 * Source ports of services that are abused as amplifiers: QOTD, chargen, DNS, TFTP, portmap, NTP, NetBIOS, SNMP,
 * CLDAP, RIP, MSSQL, SSDP, ARMS, WSD, CoAP, memcached, DVR/DHCPDiscover, Ubiquiti.
 */
export const amplifierPorts: ReadonlySet<number> = new Set([
  17, 19, 53, 69, 111, 123, 137, 161, 389, 520, 1434, 1900, 3283, 3702, 5683, 10001, 11211, 37810,
]);
