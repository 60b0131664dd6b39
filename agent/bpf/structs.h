/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel program and user space share. src/capture/xdp/layout.ts says the same in TypeScript; a test proves
 * the two equal from the object's BTF. Any change here that an older agent would misread raises TG_LAYOUT_VERSION:
 * the next start then replaces pinned maps instead of adopting them.
 *
 * Addresses are 16 bytes in network order, kept as two 64-bit words in memory order; IPv4 is ::ffff:a.b.c.d. Words
 * are compared and masked as they lie in memory, so no byte is swapped on the packet's way.
 */
#ifndef TG_STRUCTS_H
#define TG_STRUCTS_H

#include <linux/types.h>

#define TG_LAYOUT_VERSION 1
#define TG_RULES_MAX 64
#define TG_SAMPLE_BYTES 128

/* Counters of one target, per CPU. The order is that of `counterNames` in src/engine/types.ts. */
enum tg_counter {
	TG_PACKETS,
	TG_BYTES,
	TG_DROPPED_PACKETS,
	TG_DROPPED_BYTES,
	TG_TCP_PACKETS,
	TG_TCP_BYTES,
	TG_UDP_PACKETS,
	TG_UDP_BYTES,
	TG_ICMP_PACKETS,
	TG_ICMP_BYTES,
	TG_OTHER_PACKETS,
	TG_OTHER_BYTES,
	TG_FRAGMENTS, /* every fragment, the first one included */
	TG_TCP_SYN, /* SYN without ACK */
	TG_TCP_SYN_ACK,
	TG_TCP_ACK, /* ACK without SYN, RST and FIN */
	TG_TCP_RST,
	TG_TCP_FIN,
	TG_TCP_INVALID, /* no flag at all, or flags that no stack sends together */
	TG_UDP_AMPLIFIER_PACKETS, /* from a port that amplifiers answer from, DNS included */
	TG_UDP_AMPLIFIER_BYTES,
	TG_UDP_DNS_PACKETS, /* from source port 53 */
	TG_UDP_DNS_BYTES,
	TG_COUNTERS_MAX = 32, /* a row is 256 bytes, so rows of two CPUs never share a cache line */
};

struct tg_row {
	__u64 counts[TG_COUNTERS_MAX];
} __attribute__((aligned(64)));

/* A target that is counted. Slot 0 stands for everything that found the table full. */
struct tg_slot {
	__u64 address[2];
	__u64 rule_mask; /* which rules this target's packets are compared with; user space writes it */
	__u64 first_ns; /* 0 until the address is valid */
	__u32 sample_window; /* the window that sampled_in_window is about */
	__u32 sampled_in_window;
};

/* Written by user space only. */
struct tg_config {
	__u32 layout_version;
	__u32 rows; /* rows per CPU: targets and the overflow row */
	__u32 cpus;
	__u32 samples_per_slice; /* 0: no samples */
	__u64 wide_mask; /* rules that every target's packets are compared with */
	__u32 safelist_entries;
	__u32 reserved;
};

/* Written by the kernel program; user space only reads, and returns slots. */
struct tg_state {
	__u32 next_slot; /* lowest slot that was never given out */
	__u32 returned_slots; /* 1: free_slots may hold some */
	__u32 slice; /* the sampling slice that the fields below are about */
	__u32 sample_shift; /* one in 2^shift packets is sampled at the start of the slice */
	__u64 sampled_weight; /* packets that this slice's samples stand for */
	__u32 sampled; /* samples in this slice */
	__u32 reserved;
	__u64 samples_lost; /* samples that found the ring full or the hard limit reached */
};

enum tg_rule_flag {
	TG_RULE_PROTOCOL = 1,
	TG_RULE_SOURCE_PORTS = 2,
	TG_RULE_DESTINATION_PORTS = 4,
	TG_RULE_LENGTHS = 8,
	TG_RULE_TCP_FLAGS = 16,
};

enum tg_verdict {
	TG_VERDICT_COUNT,
	TG_VERDICT_DROP,
};

struct tg_rule {
	__u64 id; /* 0: free */
	__u64 expires_ns; /* by CLOCK_MONOTONIC */
	__u64 destination[2];
	__u64 destination_mask[2];
	__u64 source[2];
	__u64 source_mask[2];
	__u16 source_port_from, source_port_to; /* host order, like every number below */
	__u16 destination_port_from, destination_port_to;
	__u16 length_from, length_to;
	__u8 family; /* 4 or 6 */
	__u8 protocol;
	__u8 tcp_mask, tcp_value;
	__u8 verdict;
	__u8 flags; /* enum tg_rule_flag: which conditions are set */
	__u16 reserved;
	__u32 slot; /* the slot whose rule_mask names this rule, 0: the wide mask */
	__u32 reserved2;
};

/* Hits of one rule on one CPU. */
struct tg_rule_hits {
	__u64 packets;
	__u64 bytes;
	__u64 burst_first_ns; /* first hit after a second without any: when the present attack arrived */
	__u64 last_ns;
};

struct tg_prefix {
	__u32 bits; /* 0 to 128, IPv4 counted from 96 */
	__u8 address[16];
};

struct tg_sample {
	__u64 at_ns;
	__u32 slot;
	__u32 ip_length;
	__u32 rate; /* the packet was chosen with a probability of 1 in `rate` */
	__u32 captured; /* valid bytes in data, which begins with the IP header */
	__u8 data[TG_SAMPLE_BYTES];
};

#endif
