/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The outgoing direction: what a protected address sends, counted in its own row, so that SYNs can be held against
 * SYN-ACKs. Only addresses that have a slot already are counted; nothing is ever dropped here. Extension headers are
 * not followed: an IPv6 packet with some counts, without its flags.
 */
#ifndef TG_EGRESS_H
#define TG_EGRESS_H

#include <linux/pkt_cls.h>
#include "count.h"
#include "maps.h"

struct tg_outgoing {
	__u64 source[2];
	__u32 bytes;
	__u8 protocol;
	__u8 family;
	__u8 flags; /* of TCP, or the type of ICMP */
	__u8 seen;
};

static __always_inline void tg_read_outgoing_transport(struct tg_outgoing *packet, void *at, void *end)
{
	__u8 *bytes = at;

	if (packet->protocol == IPPROTO_TCP && at + 14 <= end) {
		packet->flags = bytes[13];
		packet->seen = 1;
	} else if (packet->protocol == (packet->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) && at + 1 <= end) {
		packet->flags = bytes[0];
		packet->seen = 1;
	}
}

static __always_inline int tg_read_outgoing(struct __sk_buff *skb, struct tg_outgoing *packet)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	void *network = data + sizeof(struct ethhdr);

	packet->bytes = skb->len - sizeof(struct ethhdr);
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = network;

		if ((void *)(ip + 1) > end)
			return 0;
		((__u32 *)packet->source)[2] = bpf_htonl(0xffff);
		((__u32 *)packet->source)[3] = ip->saddr;
		packet->family = 4;
		packet->protocol = ip->protocol;
		if (!(ip->frag_off & bpf_htons(0x1fff)))
			tg_read_outgoing_transport(packet, network + ip->ihl * 4, end);
		return 1;
	}
	if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = network;

		if ((void *)(ip + 1) > end)
			return 0;
		__builtin_memcpy(packet->source, &ip->saddr, 16);
		/* A mapped source is not the IPv4 address (RFC 4942, section 2.2). */
		if (packet->source[0] == 0 && ((__u32 *)packet->source)[2] == bpf_htonl(0xffff))
			return 0;
		packet->family = 6;
		packet->protocol = ip->nexthdr;
		tg_read_outgoing_transport(packet, ip + 1, end);
		return 1;
	}
	return 0;
}

static __always_inline void tg_count_outgoing(__u64 *counts, const struct tg_outgoing *packet, __u32 packets)
{
	counts[TG_OUT_PACKETS] += packets;
	counts[TG_OUT_BYTES] += packet->bytes;
	if (!packet->seen)
		return;
	if (packet->protocol == IPPROTO_TCP) {
		if ((packet->flags & (TG_SYN | TG_ACK)) == (TG_SYN | TG_ACK))
			counts[TG_OUT_TCP_SYN_ACK] += packets;
		if (packet->flags & TG_RST)
			counts[TG_OUT_TCP_RST] += packets;
	} else if (packet->flags == (packet->family == 4 ? 3 : 1)) {
		counts[TG_OUT_ICMP_UNREACHABLE] += packets;
	}
}

static __always_inline void tg_watch_outgoing(struct __sk_buff *skb)
{
	struct tg_outgoing packet = {};
	struct tg_config *settings;
	struct tg_row *row;
	__u32 only = 0, index, *slot;

	if (!tg_read_outgoing(skb, &packet))
		return;
	settings = bpf_map_lookup_elem(&config, &only);
	slot = bpf_map_lookup_elem(&targets, packet.source);
	if (!settings || !slot)
		return;
	index = bpf_get_smp_processor_id() * settings->rows + *slot;
	row = bpf_map_lookup_elem(&counters, &index);
	if (row)
		tg_count_outgoing(row->counts, &packet, skb->gso_segs > 1 ? skb->gso_segs : 1);
}

#endif
