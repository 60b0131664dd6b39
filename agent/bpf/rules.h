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

struct tg_rule_walk {
	const struct tg_packet *packet;
	const struct tg_config *settings;
	__u64 mask;
	__u64 now;
	int drop;
	int safe; /* -1: not looked up yet */
};

static long tg_rule_step(__u32 number, struct tg_rule_walk *walk)
{
	struct tg_rule *rule;

	if ((walk->mask >> (number & 63) & 1) == 0)
		return (walk->mask >> (number & 63)) == 0;
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
	for (__u32 number = 0; number < TG_RULES_MAX; number++)
		if (tg_rule_step(number, &walk))
			break;
	return walk.drop;
}

#endif
