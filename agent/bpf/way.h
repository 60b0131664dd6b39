/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is known of a packet on its way through the program. */
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
	struct tg_decision *decision;
	__u64 now; /* the clock at this CPU's first packet of the timer tick: 10 ms late at most, and nearly free */
	__s64 cookie; /* with which a SYN is answered; negative: it is dropped without an answer */
	__u32 cpu;
	__u32 slot_number;
};

static __always_inline void tg_wants_drop(const struct tg_way *way)
{
	if (way->settings->flags & TG_OBSERVE)
		way->decision->would_drop = 1;
	else
		way->decision->drop = 1;
}

#endif
