/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ceilings: what a target may receive at the most, in all and by class, from the first packet on. A ceiling that
 * holds comes from the policy, or from a capacity that was measured for this target; when that is not refreshed the
 * policy's counts again. One from the baseline only counts. What a rule dropped takes nothing from a ceiling.
 *
 * Addresses that found the table of targets full share their prefix's row, which has no ceiling: one for many
 * addresses would punish all for one.
 */
#ifndef TG_CEILINGS_H
#define TG_CEILINGS_H

#include "bucket.h"
#include "maps.h"
#include "rules.h"
#include "way.h"

static __always_inline __u32 tg_class_of(const struct tg_packet *packet)
{
	if (packet->fragment)
		return TG_CLASS_FRAGMENT;
	if (packet->protocol == IPPROTO_UDP)
		return TG_CLASS_UDP;
	if (packet->protocol == IPPROTO_TCP)
		return tg_is_syn(packet) ? TG_CLASS_TCP_SYN : TG_CLASS_TCP;
	if (packet->protocol == (packet->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return TG_CLASS_ICMP;
	return TG_CLASS_OTHER;
}

/* The slow part of a ceiling that holds: what this CPU had taken out of the bucket is spent. */
static __noinline int tg_hold(struct tg_way *way, __u32 class, __u32 units)
{
	__u32 index = way->slot_number * TG_CLASSES + class, number = way->slot->profile;
	struct tg_ceiling *ceiling = bpf_map_lookup_elem(&ceilings, &index);
	const struct tg_profile *profile = bpf_map_lookup_elem(&profiles, &number);
	const struct tg_limit *limit;

	if (class >= TG_CLASSES || !ceiling || !profile)
		return 0;
	limit = ceiling->own.batch && way->now < ceiling->own_until_ns ? &ceiling->own : &profile->limits[class];
	if (!limit->batch || tg_take(limit, &ceiling->held_ns, &way->row->held[class], units, way->now))
		return 0;
	if (tg_is_exempt(way))
		return 0;
	way->row->counts[TG_CEILING_HELD + class]++;
	tg_wants_drop(way);
	return 0;
}

/* The same of a ceiling that counts. */
static __noinline int tg_mark(struct tg_way *way, __u32 class, __u32 units)
{
	__u32 index = way->slot_number * TG_CLASSES + class;
	struct tg_ceiling *ceiling = bpf_map_lookup_elem(&ceilings, &index);

	if (class >= TG_CLASSES || !ceiling || !ceiling->mark.batch || way->now >= ceiling->mark_until_ns)
		return 0;
	if (!tg_take(&ceiling->mark, &ceiling->marked_ns, &way->row->marked[class], units, way->now))
		way->row->counts[TG_CEILING_MARKED + class]++;
	return 0;
}

/* As long as this CPU has tokens left, a ceiling costs a comparison and a subtraction. */
static __always_inline void tg_spend(struct tg_way *way, __u32 class, __u32 units)
{
	struct tg_purse *held = &way->row->held[class & (TG_CLASSES - 1)];
	struct tg_purse *marked = &way->row->marked[class & (TG_CLASSES - 1)];

	if (way->slot->held_classes & (1u << class)) {
		if (held->tokens >= units)
			held->tokens -= units;
		else
			tg_hold(way, class, units);
	}
	if (way->slot->marked_classes & (1u << class)) {
		if (marked->tokens >= units)
			marked->tokens -= units;
		else
			tg_mark(way, class, units);
	}
}

static __always_inline void tg_apply_ceilings(struct tg_way *way)
{
	if (!(way->slot->held_classes | way->slot->marked_classes))
		return;
	tg_spend(way, TG_CLASS_PACKETS, 1);
	if (!way->decision->drop)
		tg_spend(way, TG_CLASS_BYTES, way->packet->ip_length);
	if (!way->decision->drop)
		tg_spend(way, tg_class_of(way->packet), 1);
}

#endif
