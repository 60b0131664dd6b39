/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the frame to what rules and counters ask: addresses, protocol, ports, flags, length.
 *
 * Ethernet with at most two VLAN tags, IPv4 with options, IPv6 with at most six extension headers. What lies beyond
 * is counted by the protocol number seen last, without ports. Only the first fragment has ports; a later one never
 * matches a rule that names ports or TCP flags.
 */
#ifndef TG_PARSE_H
#define TG_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TG_VLANS_MAX 2
#define TG_EXTENSIONS_MAX 6

struct tg_packet {
	__u64 source[2];
	__u64 destination[2];
	__u32 ip_offset;
	__u32 ip_length;
	__u16 source_port, destination_port;
	__u8 family;
	__u8 protocol;
	__u8 tcp_flags;
	__u8 transport_seen; /* ports and flags are valid */
	__u8 fragment;
	__u8 always_pass; /* what the network itself needs: no rule touches it */
};

/* <linux/icmp.h> drags in the C library's headers. */
struct tg_icmp {
	__u8 type;
	__u8 code;
};

struct tg_vlan {
	__be16 tci;
	__be16 protocol;
};

struct tg_ipv6_extension {
	__u8 next;
	__u8 length;
};

struct tg_ipv6_fragment {
	__u8 next;
	__u8 reserved;
	__be16 offset_and_flags;
	__be32 id;
};

static __always_inline void tg_ports(struct tg_packet *packet, const __be16 *ports)
{
	packet->source_port = bpf_ntohs(ports[0]);
	packet->destination_port = bpf_ntohs(ports[1]);
	packet->transport_seen = 1;
}

static __always_inline __u8 tg_is_dhcp(const struct tg_packet *packet)
{
	__u16 from = packet->source_port, to = packet->destination_port;

	if (packet->family == 4)
		return (to == 67 || to == 68) && (from == 67 || from == 68);
	return (to == 546 || to == 547) && (from == 546 || from == 547);
}

static __always_inline __u8 tg_is_needed_icmp(const struct tg_packet *packet, const struct tg_icmp *icmp,
					      __u8 hop_limit)
{
	if (packet->family == 4)
		return icmp->type == 3 && icmp->code == 4 /* destination unreachable: fragmentation needed */;
	if (icmp->type == 2) /* Packet Too Big */
		return 1;
	/* Neighbour discovery comes from the link itself: nothing that was routed still has hop limit 255 (RFC 4861). */
	return icmp->type >= 133 && icmp->type <= 136 && hop_limit == 255;
}

static __always_inline void tg_parse_transport(struct tg_packet *packet, void *at, void *end, __u8 hop_limit)
{
	if (packet->protocol == IPPROTO_TCP) {
		/* Up to the flags, which lie in byte 13. */
		if (at + 14 > end)
			return;
		tg_ports(packet, at);
		packet->tcp_flags = ((__u8 *)at)[13];
	} else if (packet->protocol == IPPROTO_UDP) {
		if (at + sizeof(struct udphdr) > end)
			return;
		tg_ports(packet, at);
		packet->always_pass = tg_is_dhcp(packet);
	} else if (packet->protocol == (packet->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		if (at + 4 > end)
			return;
		packet->always_pass = tg_is_needed_icmp(packet, at, hop_limit);
	}
}

/* A header may claim more than arrived, or less than itself: then what arrived counts. */
static __always_inline void tg_set_length(struct xdp_md *ctx, struct tg_packet *packet, __u32 claimed, __u32 least)
{
	/* 64 bits wide, because the verifier refuses 32-bit arithmetic on packet pointers. */
	__u64 linear = (__u64)ctx->data_end - (__u64)ctx->data - packet->ip_offset;
	__u32 arrived;

	packet->ip_length = claimed;
	if (claimed <= linear && claimed >= least)
		return;
	arrived = bpf_xdp_get_buff_len(ctx) - packet->ip_offset;
	if (claimed > arrived || claimed < least)
		packet->ip_length = arrived;
}

static __always_inline int tg_parse_ipv4(struct xdp_md *ctx, struct tg_packet *packet, void *at, void *end)
{
	struct iphdr *ip = at;
	__u32 header;
	__u16 fragment;

	if (at + sizeof(*ip) > end || ip->version != 4)
		return 0;
	header = ip->ihl * 4;
	if (header < sizeof(*ip))
		return 0;
	packet->family = 4;
	/* ::ffff:a.b.c.d */
	((__u32 *)packet->source)[2] = ((__u32 *)packet->destination)[2] = bpf_htonl(0xffff);
	((__u32 *)packet->source)[3] = ip->saddr;
	((__u32 *)packet->destination)[3] = ip->daddr;
	packet->protocol = ip->protocol;
	tg_set_length(ctx, packet, bpf_ntohs(ip->tot_len), header);

	fragment = bpf_ntohs(ip->frag_off);
	packet->fragment = (fragment & 0x3fff) != 0; /* offset, or more to come */
	if ((fragment & 0x1fff) == 0)
		tg_parse_transport(packet, at + header, end, ip->ttl);
	return 1;
}

static __always_inline int tg_parse_ipv6(struct xdp_md *ctx, struct tg_packet *packet, void *at, void *end)
{
	struct ipv6hdr *ip = at;
	__u32 offset = sizeof(*ip);
	__u8 next, later_fragment = 0;

	if (at + sizeof(*ip) > end || ip->version != 6)
		return 0;
	packet->family = 6;
	__builtin_memcpy(packet->source, &ip->saddr, 16);
	__builtin_memcpy(packet->destination, &ip->daddr, 16);
	tg_set_length(ctx, packet, sizeof(*ip) + bpf_ntohs(ip->payload_len), sizeof(*ip) + 1);

	next = ip->nexthdr;
#pragma unroll
	for (int header = 0; header < TG_EXTENSIONS_MAX; header++) {
		struct tg_ipv6_extension *extension = at + offset;

		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_AH && next != IPPROTO_FRAGMENT)
			break;
		if ((void *)(extension + 1) > end)
			break;
		if (next == IPPROTO_FRAGMENT) {
			struct tg_ipv6_fragment *fragment = (void *)extension;

			if ((void *)(fragment + 1) > end)
				break;
			/* Offset, or more to come: an atomic fragment (RFC 6946) is none. */
			packet->fragment = (fragment->offset_and_flags & bpf_htons(0xfff9)) != 0;
			later_fragment = (fragment->offset_and_flags & bpf_htons(0xfff8)) != 0;
			offset += sizeof(*fragment);
		} else if (next == IPPROTO_AH) {
			offset += (extension->length + 2) * 4;
		} else {
			offset += (extension->length + 1) * 8;
		}
		next = extension->next;
		if (later_fragment)
			break;
	}
	packet->protocol = next;
	if (!later_fragment)
		tg_parse_transport(packet, at + offset, end, ip->hop_limit);
	return 1;
}

/* 1 for an IP packet, 0 for anything else, ARP among it. */
static __always_inline int tg_parse(struct xdp_md *ctx, struct tg_packet *packet)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	__be16 protocol;
	__u32 offset = sizeof(*ethernet);

	if (data + sizeof(*ethernet) > end)
		return 0;
	protocol = ethernet->h_proto;
#pragma unroll
	for (int tag = 0; tag < TG_VLANS_MAX; tag++) {
		struct tg_vlan *vlan = data + offset;

		if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(vlan + 1) > end)
			return 0;
		protocol = vlan->protocol;
		offset += sizeof(*vlan);
	}
	packet->ip_offset = offset;
	if (protocol == bpf_htons(ETH_P_IP))
		return tg_parse_ipv4(ctx, packet, data + offset, end);
	if (protocol == bpf_htons(ETH_P_IPV6))
		return tg_parse_ipv6(ctx, packet, data + offset, end);
	return 0;
}

#endif
