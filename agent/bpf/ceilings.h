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

/* Whether the ceiling of this class is reached. */
static __always_inline int tg_is_above(struct tg_way *way, const struct tg_profile *profile, __u32 class)
{
	__u32 units = class == TG_CLASS_BYTES ? way->packet->ip_length : 1;
	__u32 index = way->slot_number * TG_CLASSES + class;
	struct tg_ceiling *ceiling = bpf_map_lookup_elem(&ceilings, &index);
	const struct tg_limit *limit = &profile->limits[class & (TG_CLASSES - 1)];
	struct tg_row *row = way->row;

	if (!ceiling)
		return 0;
	if (way->slot->own_ceilings & (1u << class)) {
		if (ceiling->mark.batch && way->now < ceiling->mark_until_ns &&
		    !tg_take(&ceiling->mark, &ceiling->marked_ns, &row->marked[class & (TG_CLASSES - 1)], units, way->now))
			row->counts[TG_CEILING_MARKED + (class & (TG_CLASSES - 1))]++;
		if (ceiling->own.batch && way->now < ceiling->own_until_ns)
			limit = &ceiling->own;
	}
	return limit->batch &&
	       !tg_take(limit, &ceiling->held_ns, &row->held[class & (TG_CLASSES - 1)], units, way->now);
}

static __noinline int tg_hold_class(struct tg_way *way, __u32 class)
{
	__u32 number = way->slot->profile;
	const struct tg_profile *profile = bpf_map_lookup_elem(&profiles, &number);

	if (class >= TG_CLASSES || !profile || !tg_is_above(way, profile, class) || tg_is_exempt(way))
		return 0;
	way->row->counts[TG_CEILING_HELD + (class & (TG_CLASSES - 1))]++;
	if (way->settings->flags & TG_OBSERVE)
		way->would_drop = 1;
	else
		way->drop = 1;
	return 0;
}

static __always_inline void tg_apply_ceilings(struct tg_way *way)
{
	__u32 number = way->slot->profile, class, classes;
	const struct tg_profile *profile = bpf_map_lookup_elem(&profiles, &number);

	if (!profile)
		return;
	classes = profile->classes | way->slot->own_ceilings;
	if (!classes)
		return;
	if (classes & (1u << TG_CLASS_PACKETS))
		tg_hold_class(way, TG_CLASS_PACKETS);
	if (!way->drop && (classes & (1u << TG_CLASS_BYTES)))
		tg_hold_class(way, TG_CLASS_BYTES);
	class = tg_class_of(way->packet);
	if (!way->drop && (classes & (1u << class)))
		tg_hold_class(way, class);
}

#endif
