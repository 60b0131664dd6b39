/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way of a packet: parse, find its target, compare it with the target's rules, count it, perhaps sample it.
 *
 * What is not IP, or not addressed to a protected prefix, passes without being counted. Least kernel: 5.18
 * (multi-buffer XDP).
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "count.h"
#include "maps.h"
#include "parse.h"
#include "rules.h"
#include "sample.h"

SEC("xdp.frags")
int tidegate(struct xdp_md *ctx)
{
	struct tg_packet packet = {};
	struct tg_config *settings;
	struct tg_state *shared;
	__u32 only = 0;
	__u64 now;
	int slot, drop;

	if (!tg_parse(ctx, &packet))
		return XDP_PASS;
	settings = bpf_map_lookup_elem(&config, &only);
	shared = bpf_map_lookup_elem(&state, &only);
	if (!settings || !shared)
		return XDP_PASS;
	slot = tg_target(settings, shared, &packet);
	if (slot == TG_NOT_PROTECTED)
		return XDP_PASS;
	/* The clock of the last timer tick: some ms late at most, and a tenth of the cost of the exact one. */
	now = bpf_ktime_get_coarse_ns();
	drop = tg_apply_rules(settings, slot, &packet, now);
	tg_count(settings, slot, &packet, drop);
	tg_sample_packet(ctx, settings, shared, slot, &packet, now);
	return drop ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
