/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way of a packet: parse, find its target, decide, count, perhaps sample. Decisions, in this order: blocklists,
 * indicators, active rules, ceilings; each asks first whether the packet is exempt (rules.h). Who counts in a program
 * of its own is the outgoing direction (egress.h).
 *
 * What is not IP, or not addressed to a protected prefix, passes without being counted. Least kernel: 6.0 (the raw
 * SYN-cookie helpers); bpf_loop and multi-buffer XDP came before it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "block.h"
#include "ceilings.h"
#include "cookie.h"
#include "count.h"
#include "egress.h"
#include "indicators.h"
#include "maps.h"
#include "parse.h"
#include "rules.h"
#include "sample.h"
#include "way.h"

static __always_inline void tg_decide(struct tg_way *way)
{
	const struct tg_config *settings = way->settings;

	if (settings->block_entries | settings->block_prefix_entries)
		tg_apply_blocks(way);
	tg_apply_indicators(way);
	tg_apply_rules(way);
	if (!way->decision->drop)
		tg_apply_ceilings(way);
}

/* The time, exact once in a timer tick: the counter of ticks is in memory, so nothing is called for it. */
static __always_inline __u64 tg_now(struct tg_cpu *own)
{
	__u64 tick = bpf_jiffies64();

	if (own->jiffies != tick) {
		own->jiffies = tick;
		own->now_ns = bpf_ktime_get_ns();
	}
	return own->now_ns;
}

SEC("xdp.frags")
int tidegate(struct xdp_md *ctx)
{
	struct tg_way way = { .ctx = ctx };
	struct tg_state *shared;
	__u32 only = 0, index;
	int is_ip, answers = 0;

	way.cpu = bpf_get_smp_processor_id();
	way.own = bpf_map_lookup_elem(&cpus, &way.cpu);
	way.settings = bpf_map_lookup_elem(&config, &only);
	shared = bpf_map_lookup_elem(&state, &only);
	if (!way.settings || !shared || !way.own)
		return XDP_PASS;
	way.packet = &way.own->packet;
	way.decision = &way.own->decision;
	__builtin_memset(way.decision, 0, sizeof(*way.decision));
	is_ip = tg_parse(ctx, &way.own->packet, way.settings->flags);
	if (way.packet->malformed)
		tg_count_malformed(way.own);
	if (!is_ip || tg_goes_to_mapped(way.packet))
		return XDP_PASS;
	way.slot_number = tg_target(way.settings, shared, way.cpu, way.packet);
	if (way.slot_number == TG_NOT_PROTECTED)
		return XDP_PASS;
	index = way.cpu * way.settings->rows + way.slot_number;
	way.row = bpf_map_lookup_elem(&counters, &index);
	way.slot = bpf_map_lookup_elem(&slots, &way.slot_number);
	if (!way.row || !way.slot)
		return XDP_PASS;
	way.now = tg_now(way.own);
	tg_decide(&way);
	if (way.decision->cookie_rule && !way.decision->drop) {
		answers = tg_will_answer(&way);
		way.decision->drop = answers;
	}
	tg_count(&way);
	tg_observe_packet(&way, shared);
	if (answers)
		return tg_answer(&way);
	return way.decision->drop ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int tidegate_out(struct __sk_buff *skb)
{
	tg_watch_outgoing(skb);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
