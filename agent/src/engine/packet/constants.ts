/** Numbers of the field: IP protocols (IANA), TCP flag bits (RFC 9293, section 3.1), well-known ports. */

export const ipProtocol = {
  hopByHop: 0,
  icmp: 1,
  tcp: 6,
  udp: 17,
  routing: 43,
  fragment: 44,
  gre: 47,
  esp: 50,
  authentication: 51,
  icmpv6: 58,
  destinationOptions: 60,
} as const;

export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

/** A request for a connection, and nothing else: SYN without ACK, RST or FIN. */
export const connectionRequest = {
  mask: tcpFlag.syn | tcpFlag.ack | tcpFlag.rst | tcpFlag.fin,
  value: tcpFlag.syn,
} as const;

/** Types of ICMP (RFC 792) and of ICMPv6 (RFC 4443), by IP version. */
export const icmpTypes = {
  4: { echoRequest: 8, echoReply: 0, unreachable: 3 },
  6: { echoRequest: 128, echoReply: 129, unreachable: 1 },
} as const;

export const dnsPort = 53;

/**
 * Source ports that amplifiers answer from, the list of `tg_is_amplifier` in bpf/count.h: QOTD, chargen, DNS, TFTP,
 * portmap, NTP, NetBIOS, SNMP, CLDAP, ISAKMP, RIP, OpenVPN, MSSQL, SSDP, ARMS, STUN, WSD, SIP, CoAP, Ubiquiti,
 * memcached, Plex, DVR/DHCPDiscover, BACnet.
 */
export const amplifierPorts: ReadonlySet<number> = new Set([
  17, 19, 53, 69, 111, 123, 137, 161, 389, 500, 520, 1194, 1434, 1900, 3283, 3478, 3702, 5060, 5683, 10001,
  11211, 32414, 37810, 47808,
]);
