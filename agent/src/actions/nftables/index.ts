/**
 * Rules in nftables: a table of our own, `inet INSTANCE`, and nothing outside of it.
 *
 * What it promises
 * - Every rule ends by itself. A rule is gated by a set with one element that has a timeout; when the kernel drops
 *   the element the rule matches nothing, also when this process is dead. The rule's shell is swept at the next
 *   `list` or `apply`.
 * - `apply` is one transaction: all of it or nothing. Renewing leaves the counters and opens no gap.
 * - What is reported was read from the kernel. Counters are per rule; counted bytes are IP bytes.
 * - A table of the same name that somebody else made is refused (TG2011), never touched.
 *
 * What to know
 * - The chain hooks prerouting at priority -450, before connection tracking puts fragments together (-400): lengths
 *   and ports mean the same as in XDP. A rule that says ports never matches a trailing fragment.
 * - A length is that of the IP packet, also when the Ethernet frame was padded. Where the network card or GRO has
 *   merged TCP segments, a merged packet counts once, with the merged length; SYNs and UDP are not merged.
 * - Never dropped: IPv6 neighbour discovery, Packet Too Big, ICMPv4 fragmentation needed, DHCP answers, and safelisted
 *   sources. ARP is not IP and never comes here. Our `accept` ends only our chain: another table may still drop.
 * - The table has no `owner` flag: the kernel would delete it, and the defence, together with our process.
 * - Time left is read in whole seconds, rounded down (the resolution of nft's JSON). A timeout itself is kept to a
 *   jiffy (1 to 10 ms).
 *
 * Bounds: 64 rules. Calls run on a thread of their own, one at a time, so none of them holds the tick.
 * Measured (2 cores, Linux 6.18, libnftables 1.0.6; `agent/src/bench/nftables.ts` prints them): see there.
 */
export { openNftablesBackend, type NftablesBackend, type NftablesOptions } from './backend.ts';
