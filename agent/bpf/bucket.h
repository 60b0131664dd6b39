/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Token buckets that many CPUs share (generic cell rate algorithm, ITU-T I.371, annex A). A CPU takes a batch out of
 * the shared bucket and spends it alone; once it found the bucket empty it does not look again before the clock has
 * moved. So a flood far above the limit costs no shared cache line.
 *
 * Above the limit goes at most one burst, and one batch a CPU.
 */
#ifndef TG_BUCKET_H
#define TG_BUCKET_H

#include "structs.h"

#define TG_BUCKET_TRIES 2

/* Takes `units` packets or bytes; 0 where they are over the limit. */
static __always_inline int tg_take(const struct tg_limit *limit, __u64 *arrival_ns, struct tg_purse *purse, __u32 units,
				   __u64 now)
{
	__u64 before, from;

	if (purse->tokens >= units) {
		purse->tokens -= units;
		return 1;
	}
	if (purse->dry == (__u32)now)
		return 0;
#pragma unroll
	for (int attempt = 0; attempt < TG_BUCKET_TRIES; attempt++) {
		before = *(volatile __u64 *)arrival_ns;
		from = before + limit->burst_ns < now ? now - limit->burst_ns : before;
		if (from + limit->batch_ns > now) {
			purse->dry = (__u32)now;
			return 0;
		}
		if (__sync_val_compare_and_swap(arrival_ns, before, from + limit->batch_ns) != before)
			continue;
		purse->tokens += limit->batch;
		break;
	}
	if (purse->tokens < units)
		return 0;
	purse->tokens -= units;
	return 1;
}

#endif
