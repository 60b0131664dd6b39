/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Active rules. A packet is compared only with the rules that its target's mask or the wide mask names, and of those
 * only with the ones that an index by single bytes of the packet leaves over (the bit vectors of Lakshman and
 * Stiliadis, 1998), so 64 rules cost little more than one. Every rule that matches counts the packet, so that each
 * rule's own counter tells the truth; the packet is dropped if one of them says so. Expired rules match nothing, also
 * when user space is dead.
 *
 * What no rule, ceiling, blocklist or indicator may touch is looked up only when something is about to: packets that
 * the network itself needs, safelisted sources, never-block entries within their rate.
 */
#ifndef TG_RULES_H
#define TG_RULES_H

#include "bucket.h"
#include "maps.h"
#include "parse.h"
#include "way.h"

#define TG_QUIET_NS 1000000000ULL

static __always_inline int tg_address_matches(const __u64 address[2], const __u64 wanted[2], const __u64 mask[2])
{
	return ((address[0] ^ wanted[0]) & mask[0]) == 0 && ((address[1] ^ wanted[1]) & mask[1]) == 0;
}

static __always_inline int tg_within(__u32 value, __u32 from, __u32 to)
{
	return value >= from && value <= to;
}

static __always_inline int tg_payload_matches(const struct tg_way *way, const struct tg_rule *rule)
{
	const struct tg_packet *packet = way->packet;
	__u64 bytes[2] = {};
	__u32 length = tg_bounded(rule->payload_length, 1, TG_PAYLOAD_BYTES);
	__u32 offset = packet->transport_offset + packet->transport_bytes + rule->payload_offset;

	if (!packet->transport_bytes || !length || offset + length > packet->ip_offset + packet->ip_length)
		return 0;
	if (bpf_xdp_load_bytes(way->ctx, offset, bytes, length))
		return 0;
	return tg_address_matches(bytes, rule->payload, rule->payload_mask);
}

/* What lies behind the addresses and the IP header. */
static __always_inline int tg_transport_matches(const struct tg_way *way, const struct tg_rule *rule)
{
	const struct tg_packet *packet = way->packet;
	__u16 flags = rule->flags;

	if (!(flags & (TG_RULE_SOURCE_PORTS | TG_RULE_DESTINATION_PORTS | TG_RULE_TCP_FLAGS | TG_RULE_PAYLOAD)))
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
	if ((flags & TG_RULE_TCP_FLAGS) &&
	    (packet->protocol != IPPROTO_TCP || (packet->tcp_flags & rule->tcp_mask) != rule->tcp_value))
		return 0;
	return !(flags & TG_RULE_PAYLOAD) || tg_payload_matches(way, rule);
}

static __always_inline int tg_rule_matches(const struct tg_way *way, const struct tg_rule *rule)
{
	const struct tg_packet *packet = way->packet;
	__u16 flags = rule->flags;

	if (way->now >= rule->expires_ns || rule->family != packet->family)
		return 0;
	if (!tg_address_matches(packet->destination, rule->destination, rule->destination_mask) ||
	    !tg_address_matches(packet->source, rule->source, rule->source_mask))
		return 0;
	if ((flags & TG_RULE_PROTOCOL) && packet->protocol != rule->protocol)
		return 0;
	if ((flags & TG_RULE_LENGTHS) && !tg_within(packet->ip_length, rule->length_from, rule->length_to))
		return 0;
	if ((flags & TG_RULE_HOP_LIMITS) && !tg_within(packet->hop_limit, rule->hop_limit_from, rule->hop_limit_to))
		return 0;
	if (((flags & TG_RULE_FRAGMENT) && !packet->fragment) || ((flags & TG_RULE_NO_FRAGMENT) && packet->fragment))
		return 0;
	if ((flags & TG_RULE_INTERFACE) && way->ctx->ingress_ifindex != rule->interface)
		return 0;
	return tg_transport_matches(way, rule);
}

static __always_inline struct tg_rule_hits *tg_hits_of(__u32 cpu, __u32 number)
{
	__u32 index = cpu * (2 * TG_RULES_MAX) + number;

	return bpf_map_lookup_elem(&rule_hits, &index);
}

static __always_inline void tg_rule_hit(const struct tg_way *way, struct tg_rule_hits *hits)
{
	if (way->now - hits->last_ns > TG_QUIET_NS)
		hits->burst_first_ns = bpf_ktime_get_ns();
	hits->packets++;
	hits->bytes += way->packet->ip_length;
	hits->last_ns = way->now;
}

static __always_inline __u32 tg_units(const struct tg_way *way, const struct tg_limit *limit)
{
	return limit->in_bytes ? way->packet->ip_length : 1;
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

/* One never-block entry, the lowest of the mask; 1 ends the walk. */
static long tg_keep_step(__u32 step, struct tg_way *way)
{
	struct tg_rule_hits *hits;
	struct tg_rule *rule;
	__u32 number;

	if (!way->decision->rules)
		return 1;
	number = TG_RULES_MAX + tg_lowest_bit(way->decision->rules);
	way->decision->rules &= way->decision->rules - 1;
	rule = bpf_map_lookup_elem(&rules, &number);
	hits = tg_hits_of(way->cpu, number);
	if (!rule || !hits || !tg_rule_matches(way, rule))
		return 0;
	tg_rule_hit(way, hits);
	if (rule->limit.batch &&
	    !tg_take(&rule->limit, &rule->limit_ns, &hits->purse, tg_units(way, &rule->limit), way->now)) {
		hits->dropped++;
		return 0;
	}
	way->decision->exempt = TG_EXEMPT;
	return 1;
}

/* The two bytes of a source that the index asks for. */
static __always_inline __u32 tg_source_byte(const struct tg_packet *packet, __u32 number)
{
	return ((const __u8 *)packet->source)[(packet->family == 4 ? 12 : 2) + number];
}

/* An IPv6 packet that claims a mapped source is no IPv4 client (RFC 4942, section 2.2). */
static __always_inline int tg_claims_mapped(const struct tg_packet *packet)
{
	return packet->family == 6 && packet->source[0] == 0 && ((__u32 *)packet->source)[2] == bpf_htonl(0xffff);
}

static __always_inline int tg_is_safe(const struct tg_way *way, const struct tg_index *index)
{
	const struct tg_packet *packet = way->packet;
	struct tg_prefix key = { .bits = 128 };
	__u32 *value;

	if (!way->settings->safelist_entries || !index->safe_first[tg_source_byte(packet, 0) & 255] ||
	    !index->safe_second[tg_source_byte(packet, 1) & 255] || tg_claims_mapped(packet))
		return 0;
	__builtin_memcpy(key.address, packet->source, 16);
	value = bpf_map_lookup_elem(&safelist, &key);
	return value && *value;
}

/* The rules and never-block entries that a packet's bytes do not rule out. */
static __always_inline void tg_candidates(const struct tg_packet *packet, const struct tg_index *index, __u64 *rules,
					  __u64 *keeps)
{
	const struct tg_index_entry *entry;

#define TG_NARROW(table, byte)                                                                                         \
	entry = &index->table[(byte)&255];                                                                             \
	*rules &= entry->rules;                                                                                        \
	*keeps &= entry->keeps
	TG_NARROW(protocol, packet->protocol);
	TG_NARROW(source_port_high, packet->source_port >> 8);
	TG_NARROW(source_port_low, packet->source_port);
	TG_NARROW(destination_port_high, packet->destination_port >> 8);
	TG_NARROW(destination_port_low, packet->destination_port);
	TG_NARROW(length_high, packet->ip_length >> 8);
	TG_NARROW(length_low, packet->ip_length);
	TG_NARROW(tcp_flags, packet->tcp_flags);
	TG_NARROW(source_first, tg_source_byte(packet, 0));
	TG_NARROW(source_second, tg_source_byte(packet, 1));
#undef TG_NARROW
}

/* Whether nothing may touch the packet; looked up once, when something is about to. */
static __noinline int tg_is_exempt(struct tg_way *way)
{
	__u32 only = 0;
	const struct tg_index *index;
	__u64 left, unused = 0, keeps;

	if (way->decision->exempt != TG_NOT_LOOKED_AT)
		return way->decision->exempt == TG_EXEMPT;
	way->decision->exempt = TG_NOT_EXEMPT;
	index = bpf_map_lookup_elem(&rule_index, &only);
	if (way->packet->always_pass || (index && tg_is_safe(way, index))) {
		way->decision->exempt = TG_EXEMPT;
		return 1;
	}
	keeps = way->settings->keep_mask;
	if (!index || !keeps)
		return 0;
	tg_candidates(way->packet, index, &unused, &keeps);
	if (!keeps)
		return 0;
	left = way->decision->rules;
	way->decision->rules = keeps;
	bpf_loop(TG_RULES_MAX, tg_keep_step, way, 0);
	way->decision->rules = left;
	return way->decision->exempt == TG_EXEMPT;
}

/* A connection is asked for, and nothing else. */
static __always_inline int tg_is_syn(const struct tg_packet *packet)
{
	return packet->protocol == IPPROTO_TCP && packet->transport_seen && (packet->tcp_flags & (TG_FIN | TG_SYN | TG_RST | TG_ACK)) == TG_SYN;
}

static __always_inline int tg_rule_drops(struct tg_way *way, __u32 number, struct tg_rule *rule,
					 struct tg_rule_hits *hits)
{
	if (rule->verdict == TG_VERDICT_DROP)
		return 1;
	if (rule->verdict == TG_VERDICT_LIMIT)
		return !tg_take(&rule->limit, &rule->limit_ns, &hits->purse, tg_units(way, &rule->limit), way->now);
	if (rule->verdict == TG_VERDICT_SYNPROXY && tg_is_syn(way->packet))
		way->decision->cookie_rule = number + 1;
	return 0;
}

/* One rule, the lowest of the mask; 1 ends the walk. A callback, which the verifier checks once and not 64 times. */
static long tg_rule_step(__u32 step, struct tg_way *way)
{
	struct tg_rule_hits *hits;
	struct tg_rule *rule;
	__u32 number;

	if (!way->decision->rules)
		return 1;
	number = tg_lowest_bit(way->decision->rules);
	way->decision->rules &= way->decision->rules - 1;
	rule = bpf_map_lookup_elem(&rules, &number);
	hits = tg_hits_of(way->cpu, number);
	if (!rule || !hits || !tg_rule_matches(way, rule))
		return !way->decision->rules;
	if (tg_is_exempt(way))
		return 1;
	tg_rule_hit(way, hits);
	if (tg_rule_drops(way, number, rule, hits)) {
		hits->dropped++;
		way->decision->drop = 1;
	}
	return !way->decision->rules;
}

static __always_inline void tg_apply_rules(struct tg_way *way)
{
	__u64 mask = way->settings->wide_mask | way->slot->rule_mask, unused = 0;
	const struct tg_index *index;
	__u32 only = 0;

	if (!mask)
		return;
	index = bpf_map_lookup_elem(&rule_index, &only);
	if (!index)
		return;
	tg_candidates(way->packet, index, &mask, &unused);
	if (!mask)
		return;
	way->decision->rules = mask;
	bpf_loop(TG_RULES_MAX, tg_rule_step, way, 0);
}

#endif
