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
 * - A length is that of the IP packet, also when the Ethernet frame was padded. Where GRO has merged the
 *   segments of a TCP connection they count as one, with the merged length; SYNs are not merged, and UDP only where
 *   UDP GRO was switched on.
 * - Never dropped: IPv6 neighbour discovery, Packet Too Big, ICMPv4 fragmentation needed, DHCP, and safelisted
 *   sources. ARP is not IP and never comes here. Our `accept` ends only our chain: another table may still drop.
 * - The table has no `owner` flag: the kernel would delete it, and the defence, together with our process.
 * - Time left is read in whole seconds, rounded down (the resolution of nft's JSON). A timeout itself is kept to a
 *   jiffy (1 to 10 ms).
 *
 * Bounds: 64 rules. Calls run on a thread of their own, one at a time, so that none of them holds the tick, whatever
 * else is in the machine's ruleset. `npm run bench -- nftables`, on two cores that others used too, Linux 6.18,
 * libnftables 1.0.6, median (99th percentile) in ms:
 *
 * | rules in force | apply     | renew     | read back | remove    |
 * |----------------|-----------|-----------|-----------|-----------|
 * | 1              | 0.7 (1.7) | 0.7 (5.3) | 0.4 (1.5) | 0.6 (1.0) |
 * | 16             | 1.6 (2.5) | 1.6 (2.3) | 1.3 (2.0) | 1.6 (2.4) |
 * | 64             | 4.5 (7.9) | 4.4 (9.1) | 3.9 (6.3) | 4.4 (7.9) |
 *
 * With 16 rules and more a call takes longer than the 2 ms that the tick thread may give, which is why it is not made
 * there. A foreign ruleset adds to it: 3,000 rules with anonymous sets about 5 ms.
 */
export { examineNftables } from './examine.ts';
export { openNftablesBackend, type NftablesBackend, type NftablesOptions } from './backend.ts';
