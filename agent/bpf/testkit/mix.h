/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the traffic mix shares with src/testkit/mix/layout.ts; a test proves the two equal. */
#ifndef TG_MIX_H
#define TG_MIX_H

#include <linux/types.h>

#define TG_MIX_KINDS_MAX 64
#define TG_MIX_DRAWS 1024 /* weights are parts of it; a power of two */
#define TG_MIX_START_BYTES 128 /* what of a frame is written anew each time */

enum tg_mix_flag {
	TG_MIX_IPV6 = 1,
	TG_MIX_PORTS = 2, /* the transport header begins with ports */
	TG_MIX_UDP = 4, /* and has a length */
	TG_MIX_AS_IT_IS = 8, /* malformed, or not IP: sent as the template says, but for its length */
};

/* One kind of packet. Whatever is said to be drawn, is drawn evenly and for every packet. */
struct tg_mix_kind {
	__u8 start[TG_MIX_START_BYTES]; /* the frame up to somewhere in its payload */
	__u32 source[4]; /* network order; IPv4 uses the last word only */
	__u32 source_random[4]; /* bits that are drawn */
	__u32 listed_first, listed_count; /* with a count: a source of the list instead */
	__u32 target_first, target_count;
	__u16 source_port, source_ports; /* drawn from so many, the first of which it is */
	__u16 destination_port, destination_ports;
	__u16 frame_bytes, frame_lengths;
	__u16 network_offset;
	__u16 transport_offset;
	enum tg_mix_flag flags;
	__u32 reserved;
};

struct tg_mix_task {
	__u64 random; /* state of the generator: the same seed draws the same packets */
	__u32 interface_index;
	__u32 reserved;
	__u8 draws[TG_MIX_DRAWS]; /* number of a kind, as often as its weight says */
};

struct tg_mix_sent {
	__u64 packets;
	__u64 bytes; /* Ethernet header included */
};

#endif
