/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel programs and user space share. src/kernel/xdp/layout.ts says the same in TypeScript; a test proves
 * the two equal from the object's BTF. Any change here that an older agent would misread raises TG_LAYOUT_VERSION:
 * the next start then replaces pinned maps instead of adopting them.
 *
 * Addresses are 16 bytes in network order, kept as two 64-bit words in memory order; IPv4 is ::ffff:a.b.c.d. Words
 * are compared and masked as they lie in memory, so no byte is swapped on the packet's way.
 */
#ifndef TG_STRUCTS_H
#define TG_STRUCTS_H

#include <linux/types.h>

#define TG_LAYOUT_VERSION 2
#define TG_RULES_MAX 64 /* rules; as many never-block entries lie behind them in the same table */
#define TG_SAMPLE_BYTES 128
#define TG_FORENSIC_BYTES 128
#define TG_PAYLOAD_BYTES 16
#define TG_PREFIXES_MAX 1024 /* protected prefixes, each with a row of its own */
#define TG_PROFILES_MAX 257 /* sets of ceilings; profile 0 has none */
#define TG_LINE_BYTES 64

/*
 * Counters of one row, per CPU: what is not counted here is summed up in user space, so that a packet writes to two
 * or three cache lines. `TG_TCP_KINDS + k` counts TCP packets by FIN, SYN, RST and ACK, in this order as bits of k.
 */
enum tg_counter {
	TG_PACKETS,
	TG_BYTES,
	TG_TCP_PACKETS,
	TG_TCP_BYTES,
	TG_UDP_PACKETS,
	TG_UDP_BYTES,
	TG_ICMP_PACKETS,
	TG_ICMP_BYTES,
	TG_TCP_KINDS, /* 16 of them */
	TG_UDP_AMPLIFIER_PACKETS = TG_TCP_KINDS + 16, /* from a port that amplifiers answer from, DNS included */
	TG_UDP_AMPLIFIER_BYTES,
	TG_UDP_DNS_PACKETS, /* from source port 53 */
	TG_UDP_DNS_BYTES,
	TG_OTHER_PACKETS,
	TG_OTHER_BYTES,
	TG_FRAGMENTS, /* every fragment, the first one included */
	TG_ICMP_ECHO_REQUESTS,
	TG_ICMP_ECHO_REPLIES,
	TG_ICMP_UNREACHABLE,
	TG_GRE_PACKETS,
	TG_ESP_PACKETS,
	TG_OUT_PACKETS, /* from here: what the address sent, seen at TC egress */
	TG_OUT_BYTES,
	TG_OUT_TCP_SYN_ACK,
	TG_OUT_TCP_RST,
	TG_OUT_ICMP_UNREACHABLE,
	TG_DROPPED_PACKETS, /* not handed to the stack, SYN cookies included */
	TG_DROPPED_BYTES,
	TG_WOULD_DROP_PACKETS, /* observe: would not have been handed on */
	TG_BLOCKED_PACKETS, /* hit by a blocklist */
	TG_INDICATOR_PACKETS, /* from a threat indicator, dropped or not */
	TG_SOURCES_SAMPLED, /* packets whose source was looked at, weighted by the sampling rate */
	TG_SOURCES_NEW, /* those of them from a source that was never seen before, weighted likewise */
	TG_CEILING_HELD, /* 8, by class: above a ceiling that holds */
	TG_CEILING_MARKED = TG_CEILING_HELD + 8, /* 8, by class: above a ceiling that only counts */
	TG_COUNTERS_MAX = TG_CEILING_MARKED + 8,
};

/* What a ceiling is about. A packet belongs to the first two and to exactly one of the others. */
enum tg_class {
	TG_CLASS_PACKETS,
	TG_CLASS_BYTES,
	TG_CLASS_TCP_SYN, /* SYN without ACK */
	TG_CLASS_TCP,
	TG_CLASS_UDP,
	TG_CLASS_ICMP,
	TG_CLASS_FRAGMENT,
	TG_CLASS_OTHER,
	TG_CLASSES,
};

/* Why a frame is no sound packet; counted per CPU, whatever it is addressed to. */
enum tg_malformed {
	TG_MALFORMED_ETHERNET, /* cut off before the type */
	TG_MALFORMED_VLAN, /* cut off within a tag */
	TG_MALFORMED_IPV4_HEADER, /* wrong version, a header length below 20, or cut off */
	TG_MALFORMED_IPV4_LENGTH, /* total length below the header's or above what arrived */
	TG_MALFORMED_IPV6_HEADER, /* wrong version, or cut off */
	TG_MALFORMED_IPV6_LENGTH, /* payload length above what arrived */
	TG_MALFORMED_IPV6_EXTENSIONS, /* more than six extension headers, or cut off within one */
	TG_MALFORMED_TCP, /* cut off before the flags, or a data offset below 20 */
	TG_MALFORMED_UDP, /* cut off, or a length below 8 */
	TG_MALFORMED_ICMP, /* cut off */
	TG_MALFORMED_FRAGMENT, /* a fragment at offset 8 of TCP: overwrites flags (RFC 3128) */
	TG_MALFORMED_TUNNEL, /* GRE or IP in IP whose inner header cannot be read, where asked for */
	TG_MALFORMED_KINDS,
};

/* Tokens that one CPU has taken out of a shared bucket. */
struct tg_purse {
	__u32 tokens;
	__u32 dry; /* low half of the clock at which the bucket was last found empty */
};

struct tg_row {
	__u64 counts[TG_COUNTERS_MAX];
	struct tg_purse held[TG_CLASSES];
	struct tg_purse marked[TG_CLASSES];
} __attribute__((aligned(64)));

/* A target that is counted. Slots below `first_target` stand for prefixes: they count what found the table full. */
struct tg_slot {
	__u64 address[2];
	__u64 rule_mask; /* which rules this target's packets are compared with; user space writes it */
	__u64 first_ns; /* 0 until the address is valid */
	__u32 sample_window; /* the window that sampled_in_window is about */
	__u32 sampled_in_window;
	__u32 prefix_slot; /* the slot of the protected prefix that the address lies in */
	__u16 profile; /* the ceilings of its prefix */
	__u8 held_classes; /* bits by class: a ceiling holds, of the profile or of this target alone */
	__u8 marked_classes; /* bits by class: a ceiling counts */
};

/* A token bucket, taken from in batches (generic cell rate algorithm, ITU-T I.371). All 0: no limit. */
struct tg_limit {
	__u32 batch; /* packets or bytes that a CPU takes at once */
	__u32 batch_ns; /* the time that they are worth */
	__u32 burst_ns; /* how much unused time may be saved up */
	__u32 in_bytes; /* 1: the unit is bytes, else packets */
};

/* Ceilings that hold from a target's first packet, by class. */
struct tg_profile {
	struct tg_limit limits[TG_CLASSES];
	__u32 classes; /* bits by class: which of the limits are set */
	__u32 reserved;
};

/* State of one target's ceiling of one class, and what was measured for this target alone. */
struct tg_ceiling {
	__u64 held_ns; /* theoretical arrival time of the bucket that holds */
	__u64 marked_ns; /* that of the bucket that only counts */
	__u64 own_until_ns; /* `own` counts until then; afterwards the profile's limit does */
	__u64 mark_until_ns;
	struct tg_limit own; /* in place of the profile's */
	struct tg_limit mark; /* from the baseline: counts, never drops */
};

enum tg_config_flag {
	TG_OBSERVE = 1, /* ceilings, blocklists and indicators drop nothing */
	TG_DECAPSULATE_GRE = 2, /* the inner packet is what counts */
	TG_DECAPSULATE_IP = 4, /* likewise for IPv4 or IPv6 in IP */
	TG_LEARN_SOURCES = 8, /* sources become known */
	TG_FORENSIC_FROZEN = 16, /* the forensic ring is being saved */
};

/* Written by user space only. */
struct tg_config {
	__u32 layout_version;
	__u32 rows; /* rows per CPU: prefixes and targets */
	__u32 cpus;
	__u32 first_target; /* lowest slot of a target */
	__u64 wide_mask; /* rules that every target's packets are compared with */
	__u64 keep_mask; /* never-block entries in force */
	__u32 flags; /* enum tg_config_flag */
	__u32 samples_per_slice; /* 0: no samples */
	__u32 looks_per_slice; /* packets that are looked at closely: for the forensic ring and for sources; 0: none */
	__u32 forensic_records; /* of the ring; 0: there is none */
	__u32 safelist_entries;
	__u32 block_entries; /* single addresses */
	__u32 block_prefix_entries;
	__u32 target_generation; /* rises whenever an address loses its slot */
	__u32 indicator_half; /* 1 + which set of indicators is in force, with its bitmaps; 0: none */
	__u32 indicator_drops; /* bits by half: the set holds entries that drop */
	__u32 seen_half; /* which half of the filter of known sources is written to */
	__u32 reserved;
};

/* Written by the kernel program; user space only reads, and returns slots. */
struct tg_state {
	__u32 next_slot; /* lowest slot that was never given out */
	__u32 returned_slots; /* 1: free_slots may hold some */
	__u32 slice; /* the sampling slice that the fields below are about */
	__u32 sample_shift; /* one in 2^shift packets is sampled at the start of the slice */
	__u64 sampled_weight; /* packets that this slice's samples stand for */
	__u64 looked_weight; /* the same of those that were looked at closely */
	__u32 sampled; /* samples in this slice */
	__u32 looked;
	__u32 look_shift;
	__u32 sources_learned; /* sources that became known in this slice */
	__u64 samples_lost; /* samples that found the ring full or the hard limit reached */
	__u64 forensic_next; /* records written since the ring was made */
	__u64 sources_known; /* sources that became known since user space last changed the half */
};

/* What the parser found in a frame: see parse.h. */
struct tg_packet {
	__u64 source[2];
	__u64 destination[2];
	__u32 ip_offset;
	__u32 ip_length;
	__u32 transport_offset; /* of the last header that was found, from the start of the frame */
	__u32 malformed; /* bits by enum tg_malformed */
	__u16 source_port, destination_port;
	__u8 family;
	__u8 protocol;
	__u8 tcp_flags;
	__u8 transport_seen; /* ports and flags are valid */
	__u8 icmp_seen; /* type and code are valid */
	__u8 icmp_type;
	__u8 hop_limit;
	__u8 fragment;
	__u8 later_fragment;
	__u8 transport_bytes; /* length of the TCP or UDP header, 0 where it is not known or cannot be */
	__u8 always_pass; /* what the network itself needs: no rule touches it */
	__u8 is_inner; /* it came inside another packet */
};

/* What has been decided about the packet that is under way. */
struct tg_decision {
	__u64 rules; /* rules, and then never-block entries, still to be compared */
	__u32 exempt; /* enum tg_exempt of way.h */
	__u32 cookie_rule; /* 1 + number of the rule that answers, 0: none */
	__u8 drop;
	__u8 would_drop;
	__u8 indicator; /* enum tg_found of indicators.h; 0: not looked up, or none */
	__u8 indicator_known; /* 1: looked up */
	__u8 reserved[4];
};

/*
 * What one CPU keeps for itself. The packet and what is decided about it lie here and not on the stack: what is read
 * back from a map is unknown to the verifier, which so goes on with one state behind each step, instead of one for
 * each kind of packet and each decision.
 */
struct tg_cpu {
	__u64 jiffies; /* the timer tick that `now_ns` belongs to */
	__u64 now_ns; /* CLOCK_MONOTONIC at this CPU's first packet of the tick */
	__u64 random;
	__u64 malformed[TG_MALFORMED_KINDS];
	struct tg_packet packet; /* the packet that is under way */
	struct tg_decision decision;
} __attribute__((aligned(64)));

enum tg_rule_flag {
	TG_RULE_PROTOCOL = 1,
	TG_RULE_SOURCE_PORTS = 2,
	TG_RULE_DESTINATION_PORTS = 4,
	TG_RULE_LENGTHS = 8,
	TG_RULE_TCP_FLAGS = 16,
	TG_RULE_HOP_LIMITS = 32,
	TG_RULE_FRAGMENT = 64, /* a fragment, the first one included */
	TG_RULE_NO_FRAGMENT = 128,
	TG_RULE_PAYLOAD = 256,
	TG_RULE_INTERFACE = 512,
};

enum tg_verdict {
	TG_VERDICT_COUNT,
	TG_VERDICT_DROP,
	TG_VERDICT_LIMIT, /* drops what exceeds the limit */
	TG_VERDICT_SYNPROXY, /* answers SYNs with a cookie; everything else passes */
	TG_VERDICT_KEEP, /* never-block: no drop touches it while it stays within its limit */
};

struct tg_rule {
	__u64 id; /* 0: free */
	__u64 expires_ns; /* by CLOCK_MONOTONIC */
	__u64 destination[2];
	__u64 destination_mask[2];
	__u64 source[2];
	__u64 source_mask[2];
	__u64 payload[2]; /* bytes behind the transport header, masked */
	__u64 payload_mask[2];
	__u64 limit_ns; /* theoretical arrival time of the limit's bucket */
	struct tg_limit limit;
	__u16 source_port_from, source_port_to; /* host order, like every number below */
	__u16 destination_port_from, destination_port_to;
	__u16 length_from, length_to;
	__u16 flags; /* enum tg_rule_flag: which conditions are set */
	__u16 payload_offset; /* from the first byte behind the transport header */
	__u8 family; /* 4 or 6 */
	__u8 protocol;
	__u8 tcp_mask, tcp_value;
	__u8 hop_limit_from, hop_limit_to;
	__u8 payload_length; /* 1 to 16 */
	__u8 verdict;
	__u32 interface; /* ifindex */
	__u32 slot; /* the slot whose rule_mask names this rule, 0: the wide mask */
};

/* Hits of one rule on one CPU. */
struct tg_rule_hits {
	__u64 packets;
	__u64 bytes;
	__u64 dropped; /* packets of them that were not handed on, or would not have been */
	__u64 burst_first_ns; /* first hit after a second without any: when the present attack arrived */
	__u64 last_ns;
	struct tg_purse purse;
	__u32 cookie_checked; /* when a socket last made a cookie, in units of 134 ms (cookie.h) */
	__u32 cookie_ready; /* 1: one did */
	__u64 cookies; /* SYNs that were answered */
};

/* Which rules a packet may match, by one byte of it; user space writes it. Bit n: rule n, or never-block entry n. */
struct tg_index_entry {
	__u64 rules;
	__u64 keeps;
};

/* Bits are set too often rather than too rarely: what remains is compared field by field. */
struct tg_index {
	struct tg_index_entry protocol[256];
	struct tg_index_entry source_port_high[256];
	struct tg_index_entry source_port_low[256];
	struct tg_index_entry destination_port_high[256];
	struct tg_index_entry destination_port_low[256];
	struct tg_index_entry length_high[256];
	struct tg_index_entry length_low[256];
	struct tg_index_entry tcp_flags[256];
	struct tg_index_entry source_first[256]; /* bytes 12 and 13 of an IPv4 source, 2 and 3 of an IPv6 source */
	struct tg_index_entry source_second[256];
	__u8 safe_first[256]; /* 1: a safelist prefix may begin like this */
	__u8 safe_second[256];
};

struct tg_prefix {
	__u32 bits; /* 0 to 128, IPv4 counted from 96 */
	__u8 address[16];
};

/* Of a protected prefix. Slot 0: carved out again. */
struct tg_protected {
	__u32 slot;
	__u32 profile;
};

/* A source that is blocked, alone or by prefix. */
struct tg_block {
	__u64 expires_ns; /* by CLOCK_MONOTONIC; 2^64 - 1: never */
	__u32 verdict; /* TG_VERDICT_COUNT or TG_VERDICT_DROP */
	__u32 reserved;
};

/* One line of an indicator set: see src/indicators in the schemas package. */
struct tg_line {
	__u32 words[TG_LINE_BYTES / 4];
} __attribute__((aligned(64)));

/* A CPU's memory of where an address is counted; wrong where the generation is another one. */
struct tg_cached_target {
	__u64 address[2];
	__u32 slot;
	__u32 generation;
	__u64 reserved;
};

/* A bucket of the sketch of heavy hitters (majority vote with a count: MV-Sketch, Tang, Huang and Lee, 2019). */
struct tg_heavy {
	__u64 source[2];
	__u32 slot; /* together with the source: the candidate */
	__u32 epoch; /* second that the bucket is about */
	__u64 total; /* weight of everything that came here */
	__s64 votes; /* for the candidate, less those against it */
};

enum tg_sample_flag {
	TG_SAMPLE_INDICATOR = 1, /* the source is a threat indicator */
	TG_SAMPLE_DROPPED = 2,
};

struct tg_sample {
	__u64 at_ns;
	__u32 slot;
	__u32 ip_length;
	__u32 rate; /* the packet was chosen with a probability of 1 in `rate` */
	__u16 captured; /* valid bytes in data, which begins with the IP header */
	__u16 flags; /* enum tg_sample_flag */
	__u8 data[TG_SAMPLE_BYTES];
};

/* A packet of the forensic ring. */
struct tg_forensic_record {
	__u64 at_ns; /* written last; 0: never written */
	__u32 frame_bytes; /* on the wire, Ethernet header included */
	__u16 interface; /* ifindex */
	__u8 captured; /* valid bytes in data, which begins with the Ethernet header */
	__u8 rate_shift; /* the packet was chosen with a probability of 1 in 2^rate_shift */
	__u8 data[TG_FORENSIC_BYTES];
};

#endif
