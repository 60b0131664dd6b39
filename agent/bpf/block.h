/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Blocked sources, single addresses and prefixes, each until its time is over. Empty lists cost nothing. */
#ifndef TG_BLOCK_H
#define TG_BLOCK_H

#include "maps.h"
#include "rules.h"
#include "way.h"

static __noinline int tg_apply_blocks(struct tg_way *way)
{
	struct tg_block *found = 0;
	__u64 source[2] = { way->packet->source[0], way->packet->source[1] };
	struct tg_prefix key = { .bits = 128 };

	if (tg_claims_mapped(way->packet))
		return 0;
	if (way->settings->block_entries)
		found = bpf_map_lookup_elem(&block, source);
	if ((!found || way->now >= found->expires_ns) && way->settings->block_prefix_entries) {
		__builtin_memcpy(key.address, source, 16);
		found = bpf_map_lookup_elem(&block_prefixes, &key);
	}
	if (!found || way->now >= found->expires_ns || tg_is_exempt(way))
		return 0;
	way->row->counts[TG_BLOCKED_PACKETS]++;
	if (found->verdict != TG_VERDICT_DROP)
		return 0;
	tg_wants_drop(way);
	return 0;
}

#endif
