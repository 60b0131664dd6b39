/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Active rules. A packet is compared only with the rules that its target's mask or the wide mask names, so a target
 * without rules pays for none. Every rule that matches counts the packet, so that each rule's own counter tells the
 * truth; the packet is dropped if one of them says so. Expired rules match nothing, also when user space is dead.
 */
#ifndef TG_RULES_H
#define TG_RULES_H

#include "count.h"
#include "maps.h"
#include "parse.h"

#define TG_QUIET_NS 1000000000ULL

static __always_inline int tg_address_matches(const __u64 address[2], const __u64 wanted[2], const __u64 mask[2])
{
	return ((address[0] ^ wanted[0]) & mask[0]) == 0 && ((address[1] ^ wanted[1]) & mask[1]) == 0;
}

static __always_inline int tg_within(__u32 value, __u32 from, __u32 to)
{
	return value >= from && value <= to;
}

static __always_inline int tg_rule_matches(const struct tg_rule *rule, const struct tg_packet *packet, __u64 now)
{
	__u8 flags = rule->flags;

	if (now >= rule->expires_ns || rule->family != packet->family)
		return 0;
	if (!tg_address_matches(packet->destination, rule->destination, rule->destination_mask) ||
	    !tg_address_matches(packet->source, rule->source, rule->source_mask))
		return 0;
	if ((flags & TG_RULE_PROTOCOL) && packet->protocol != rule->protocol)
		return 0;
	if ((flags & TG_RULE_LENGTHS) && !tg_within(packet->ip_length, rule->length_from, rule->length_to))
		return 0;
	if (!(flags & (TG_RULE_SOURCE_PORTS | TG_RULE_DESTINATION_PORTS | TG_RULE_TCP_FLAGS)))
		return 1;
	/* A later fragment, or a header cut short: what is not there cannot match. */
	if (!packet->transport_seen)
		return 0;
	if ((flags & TG_RULE_SOURCE_PORTS) &&
	    !tg_within(packet->source_port, rule->source_port_from, rule->source_port_to))
		return 0;
	if ((flags & TG_RULE_DESTINATION_PORTS) &&
	    !tg_within(packet->destination_port, rule->destination_port_from, rule->destination_port_to))
		return 0;
	return !(flags & TG_RULE_TCP_FLAGS) ||
	       (packet->protocol == IPPROTO_TCP && (packet->tcp_flags & rule->tcp_mask) == rule->tcp_value);
}

static __always_inline void tg_rule_hit(__u32 number, const struct tg_packet *packet, __u64 now)
{
	__u32 index = bpf_get_smp_processor_id() * TG_RULES_MAX + number;
	struct tg_rule_hits *hits = bpf_map_lookup_elem(&rule_hits, &index);

	if (!hits)
		return;
	if (now - hits->last_ns > TG_QUIET_NS)
		hits->burst_first_ns = bpf_ktime_get_ns();
	hits->packets++;
	hits->bytes += packet->ip_length;
	hits->last_ns = now;
}

/* An IPv6 packet that claims a mapped source is no IPv4 client (RFC 4942, section 2.2). */
static __always_inline int tg_is_safe(const struct tg_config *settings, const struct tg_packet *packet)
{
	if (!settings->safelist_entries)
		return 0;
	if (packet->family == 6 && packet->source[0] == 0 && ((__u32 *)packet->source)[2] == bpf_htonl(0xffff))
		return 0;
	return tg_prefix_value(&safelist, packet->source);
}

/* Number of the lowest bit that is set: the instruction set has none for it (Leiserson, Prokop and Randall, 1998). */
static __always_inline __u32 tg_lowest_bit(__u64 mask)
{
	static const __u8 position[64] = {
		0,  1,	2,  53, 3,  7,	54, 27, 4,  38, 41, 8,	34, 55, 48, 28, 62, 5,	39, 46, 44, 42,
		22, 9,	24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
		23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
	};

	return position[((mask & -mask) * 0x022fdd63cc95386dULL) >> 58];
}

struct tg_rule_walk {
	const struct tg_packet *packet;
	const struct tg_config *settings;
	__u64 mask; /* rules still to be compared */
	__u64 now;
	int drop;
	int safe; /* -1: not looked up yet */
};

/* One rule, the lowest of the mask; 1 ends the walk. A callback, which the verifier checks once and not 64 times. */
static long tg_rule_step(__u32 step, struct tg_rule_walk *walk)
{
	struct tg_rule *rule;
	__u32 number;

	if (!walk->mask)
		return 1;
	number = tg_lowest_bit(walk->mask);
	walk->mask &= walk->mask - 1;
	rule = bpf_map_lookup_elem(&rules, &number);
	if (!rule || !tg_rule_matches(rule, walk->packet, walk->now))
		return 0;
	if (walk->safe < 0)
		walk->safe = tg_is_safe(walk->settings, walk->packet);
	if (walk->safe)
		return 1;
	tg_rule_hit(number, walk->packet, walk->now);
	walk->drop |= rule->verdict == TG_VERDICT_DROP;
	return 0;
}

/* Whether the packet is to be dropped. */
static __always_inline int tg_apply_rules(const struct tg_config *settings, __u32 slot_number,
					  const struct tg_packet *packet, __u64 now)
{
	struct tg_slot *slot = bpf_map_lookup_elem(&slots, &slot_number);
	struct tg_rule_walk walk = { .packet = packet, .settings = settings, .now = now, .safe = -1 };

	walk.mask = settings->wide_mask | (slot ? slot->rule_mask : 0);
	if (!walk.mask || packet->always_pass)
		return 0;
	bpf_loop(TG_RULES_MAX, tg_rule_step, &walk, 0);
	return walk.drop;
}

#endif
