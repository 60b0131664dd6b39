/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What generator and probe share with src/testkit/traffic/layout.ts; a test proves the two equal. */
#ifndef TG_TRAFFIC_H
#define TG_TRAFFIC_H

#include <linux/types.h>

/* Frames of the generator come from 02:74:67:00:00:01, so that a probe can tell them from anybody else's. */
#define TG_ATTACK_MAC_HIGH 0x0274 /* the first two bytes, as a number */
#define TG_ATTACK_MAC_LOW 0x67000001

#define TG_PROBE_BUCKETS 8192
#define TG_PROBE_BUCKET_NS 10000000ULL

#define TG_FLOOD_START_BYTES 128 /* what of a frame is written anew each time */

/* One kind of flood. User space fills in what every packet has in common, sums included. */
struct tg_flood {
	__u32 interface_index;
	__u32 network_offset; /* from the start of the frame */
	__u32 transport_offset;
	__u32 is_ipv6;
	__u32 is_tcp;
	__u32 frame_bytes; /* what is sent of the template, which is longer */
	__u32 source[4]; /* network order */
	__u32 source_random[4]; /* bits that are drawn for every packet; IPv4 uses the last word only */
	__u32 source_port; /* host order; 0: drawn from 1024 to 65535 */
	__u32 destination_port;
	__u32 network_sum; /* of the IPv4 header without source and checksum, as words in memory */
	__u32 transport_sum; /* of pseudo header and segment without source, ports, identity and checksum */
	__u8 start[TG_FLOOD_START_BYTES]; /* of every frame; behind its end nothing of it is sent */
	__u64 sent;
	__u64 first_ns; /* when the first packet left; 0 before */
	__u64 last_ns;
};

struct tg_probe {
	__u64 packets;
	__u64 bytes; /* Ethernet header included */
	__u64 first_ns;
	__u64 last_ns;
};

/* Packets in 10 ms; the number says which 10 ms, as the place in the ring comes round again after 82 s. */
struct tg_probe_bucket {
	__u64 number;
	__u64 packets;
};

#endif
