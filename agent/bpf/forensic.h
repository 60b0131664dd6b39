/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The forensic ring: the first bytes of recent packets, in memory that user space reads only when an attack was
 * detected. All CPUs write to one ring. A record is valid once its time is written, which is done last.
 */
#ifndef TG_FORENSIC_H
#define TG_FORENSIC_H

#include "maps.h"
#include "way.h"

static __always_inline void tg_keep_frame(const struct tg_way *way, struct tg_state *shared, __u32 shift)
{
	__u32 records = way->settings->forensic_records, length = bpf_xdp_get_buff_len(way->ctx), index;
	struct tg_forensic_record *record;

	if (!records || (way->settings->flags & TG_FORENSIC_FROZEN))
		return;
	index = __sync_fetch_and_add(&shared->forensic_next, 1) % records;
	record = bpf_map_lookup_elem(&forensic, &index);
	if (!record)
		return;
	*(volatile __u64 *)&record->at_ns = 0;
	record->frame_bytes = length;
	record->interface = way->ctx->ingress_ifindex;
	record->rate_shift = shift;
	if (length > TG_FORENSIC_BYTES)
		length = TG_FORENSIC_BYTES;
	record->captured = length;
	length = tg_bounded(length, 1, TG_FORENSIC_BYTES);
	if (!length || bpf_xdp_load_bytes(way->ctx, 0, record->data, length))
		return;
	__sync_lock_test_and_set(&record->at_ns, bpf_ktime_get_ns());
}

#endif
