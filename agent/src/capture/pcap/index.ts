/**
 * Capture through libpcap (the optional package `cap`), for where XDP cannot be had.
 *
 * What it promises
 * - The tick is never held: each interface is captured from by a process of its own, and `read` looks at shared memory.
 *   That process ends with the agent, also when the agent is killed; when it dies it is started again.
 * - It counts the same classes as the XDP program, per target; a packet allocates nothing of ours.
 * - Samples are chosen evenly over each 20 ms and say exactly how many packets they stand for.
 *
 * What to know
 * - `dropped*` stay 0: libpcap sees packets before nftables does. That a rule takes effect shows in the rule's own
 *   counter.
 * - GRO comes before libpcap: merged segments of a TCP connection count as one packet with the merged length.
 * - Packets that the kernel had no room for while the capture process was busy are in `uncountedPackets`, like those
 *   that found no row.
 * - `cap` puts the interface into promiscuous mode; the filter lets through only what came in, to a protected prefix.
 *   In the milliseconds in which a new bundle changes that filter nothing is counted, and neither is the first packet
 *   after it: libpcap 1.10 tests that one itself and cannot tell its direction.
 *
 * Bounds: `targetsMax` rows, freed after ten silent minutes when nearly all are taken; `samplesPerSecondMax` samples;
 * for each interface a process of its own and 64 MiB of kernel memory for libpcap's ring. Ethernet with up to two VLAN
 * tags, Linux cooked, raw IP and loopback link types.
 *
 * How far it goes (`npm run bench -- pcap`; two cores, Linux 6.18, with the generator and other work on the same cores):
 * all of 20,000 and 50,000 packets/s were counted by target, 98 % of 100,000, and about 90 % of 200,000 to 250,000; on a
 * busier machine it was 86 % of 64,000 once. The rest was in `uncountedPackets`, and the two together were what had been
 * sent. Counting itself takes about 0.1 µs a packet, `cap` the rest. The capture process has 13 MB of anonymous memory.
 */
export { openPcapSource, type PcapSource, type PcapSourceOptions } from './source.ts';
