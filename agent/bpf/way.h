/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is known of a packet on its way through the program, and what has been decided. */
#ifndef TG_WAY_H
#define TG_WAY_H

#include "maps.h"
#include "parse.h"

enum tg_exempt {
	TG_NOT_LOOKED_AT,
	TG_EXEMPT, /* nothing of ours touches it */
	TG_NOT_EXEMPT,
};

struct tg_way {
	struct xdp_md *ctx;
	const struct tg_packet *packet;
	const struct tg_config *settings;
	struct tg_row *row;
	struct tg_slot *slot;
	struct tg_cpu *own;
	__u64 now; /* the clock at this CPU's first packet of the timer tick: 10 ms late at most, and nearly free */
	__u64 rules; /* rules, and then never-block entries, still to be compared */
	__u32 cpu;
	__u32 slot_number;
	__u32 exempt; /* enum tg_exempt */
	__u32 cookie_rule; /* 1 + number of the rule that answers, 0: none */
	__u8 drop;
	__u8 would_drop;
	__u8 indicator;
	__u8 reserved;
};

#endif
