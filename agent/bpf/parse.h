/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the frame to what rules and counters ask: addresses, protocol, ports, flags, length.
 *
 * Ethernet with at most two VLAN tags, IPv4 with options, IPv6 with at most six extension headers; where asked, the
 * packet inside GRE (RFC 2784, 2890) or IP in IP (RFC 2003, 2473, 4213). What lies beyond is counted by the protocol
 * number seen last, without ports. Only the first fragment has ports; a later one never matches a rule that names
 * ports or TCP flags. What is not sound is noted in `malformed` and read as far as it can be. Nothing is read behind
 * the IP packet's own end: what a frame holds there is padding.
 */
#ifndef TG_PARSE_H
#define TG_PARSE_H

#include "ip.h"
#include "maps.h"

#define TG_VLANS_MAX 2

struct tg_vlan {
	__be16 tci;
	__be16 protocol;
};

struct tg_gre {
	__be16 flags;
	__be16 protocol;
};

#define TG_GRE_CHECKSUM 0x8000
#define TG_GRE_ROUTING 0x4000
#define TG_GRE_KEY 0x2000
#define TG_GRE_SEQUENCE 0x1000
#define TG_GRE_VERSION 0x0007
#define TG_INNER_OFFSET_MAX 2047

/* What the protocol number says of the inside: its EtherType, 0 where it holds no IP. */
static __always_inline __be16 tg_inner_protocol(struct tg_packet *packet, void *at, void *end, __u32 *header)
{
	struct tg_gre *gre = at;
	__u16 flags;

	*header = 0;
	if (packet->protocol == IPPROTO_IPIP)
		return bpf_htons(ETH_P_IP);
	if (packet->protocol == IPPROTO_IPV6)
		return bpf_htons(ETH_P_IPV6);
	if ((void *)(gre + 1) > end || tg_bytes_left(packet) < sizeof(*gre)) {
		tg_note(packet, TG_MALFORMED_TUNNEL);
		return 0;
	}
	flags = bpf_ntohs(gre->flags);
	if (flags & (TG_GRE_ROUTING | TG_GRE_VERSION))
		return 0;
	*header = sizeof(*gre);
	if (flags & TG_GRE_CHECKSUM)
		*header += 4;
	if (flags & TG_GRE_KEY)
		*header += 4;
	if (flags & TG_GRE_SEQUENCE)
		*header += 4;
	return gre->protocol == bpf_htons(ETH_P_IP) || gre->protocol == bpf_htons(ETH_P_IPV6) ? gre->protocol : 0;
}

/*
 * Puts the inner packet in the place of the outer one; where it cannot be read the outer one stays, and is noted. A
 * global function, which the verifier checks once and by itself.
 */
__noinline int tg_parse_inner(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 cpu = bpf_get_smp_processor_id(), offset, outer_end, header;
	struct tg_cpu *own = bpf_map_lookup_elem(&cpus, &cpu);
	struct tg_packet inner = { .is_inner = 1 }, *packet;
	__be16 protocol;
	int read;

	if (!own)
		return 0;
	packet = &own->packet;
	offset = packet->transport_offset;
	outer_end = packet->ip_offset + packet->ip_length;
	if (offset > TG_INNER_OFFSET_MAX) {
		tg_note(packet, TG_MALFORMED_TUNNEL);
		return 0;
	}
	protocol = tg_inner_protocol(packet, data + offset, end, &header);
	if (!protocol)
		return 0;
	inner.ip_offset = offset + header;
	if (data + inner.ip_offset > end)
		read = 0;
	else if (protocol == bpf_htons(ETH_P_IP))
		read = tg_parse_ipv4(ctx, &inner, data + inner.ip_offset, end, outer_end);
	else
		read = tg_parse_ipv6(ctx, &inner, data + inner.ip_offset, end, outer_end);
	inner.malformed |= packet->malformed;
	if (read)
		*packet = inner;
	else
		tg_note(packet, TG_MALFORMED_TUNNEL);
	return 0;
}

/* A tunnel that is to be opened. */
static __always_inline int tg_is_tunnel(const struct tg_packet *packet, __u32 wanted)
{
	if (packet->later_fragment || (packet->malformed & (1u << TG_MALFORMED_IPV6_EXTENSIONS)))
		return 0;
	if (packet->protocol == IPPROTO_GRE)
		return (wanted & TG_DECAPSULATE_GRE) != 0;
	return (wanted & TG_DECAPSULATE_IP) && (packet->protocol == IPPROTO_IPIP || packet->protocol == IPPROTO_IPV6);
}

/* 1 for an IP packet, 0 for anything else, ARP among it; `malformed` is valid in both cases. */
static __always_inline int tg_parse(struct xdp_md *ctx, struct tg_packet *packet, __u32 wanted)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	__be16 protocol;
	__u32 offset = sizeof(*ethernet);
	int read;

	__builtin_memset(packet, 0, sizeof(*packet));
	if (data + sizeof(*ethernet) > end) {
		tg_note(packet, TG_MALFORMED_ETHERNET);
		return 0;
	}
	protocol = ethernet->h_proto;
#pragma unroll
	for (int tag = 0; tag < TG_VLANS_MAX; tag++) {
		struct tg_vlan *vlan = data + offset;

		if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(vlan + 1) > end) {
			tg_note(packet, TG_MALFORMED_VLAN);
			return 0;
		}
		protocol = vlan->protocol;
		offset += sizeof(*vlan);
	}
	packet->ip_offset = offset;
	if (protocol == bpf_htons(ETH_P_IP))
		read = tg_parse_ipv4(ctx, packet, data + offset, end, 0);
	else if (protocol == bpf_htons(ETH_P_IPV6))
		read = tg_parse_ipv6(ctx, packet, data + offset, end, 0);
	else
		return 0;
	if (read && (wanted & (TG_DECAPSULATE_GRE | TG_DECAPSULATE_IP)) && tg_is_tunnel(packet, wanted))
		tg_parse_inner(ctx);
	return read;
}

#endif
