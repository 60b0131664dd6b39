/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From an IP header to what rules and counters ask: addresses, protocol, ports, flags, length. See parse.h. */
#ifndef TG_IP_H
#define TG_IP_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "maps.h"

#define TG_EXTENSIONS_MAX 6

#define TG_FIN 1
#define TG_SYN 2
#define TG_RST 4
#define TG_ACK 16

/* <linux/icmp.h> drags in the C library's headers. */
struct tg_icmp {
	__u8 type;
	__u8 code;
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

/*
 * A length that the verifier believes to be within bounds, 0 where it is not. One comparison of what is above the least
 * value: from two the compiler makes one anyway, in a form that the verifier cannot follow, and Linux 6.1 learns no
 * lower bound from "is not 0".
 */
static __always_inline __u32 tg_bounded(__u32 length, __u32 least, __u32 most)
{
	__u32 above = length - least;

	asm volatile("" : "+r"(above));
	return above > most - least ? 0 : above + least;
}

static __always_inline void tg_note(struct tg_packet *packet, enum tg_malformed kind)
{
	packet->malformed |= 1u << kind;
}

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

static __always_inline __u8 tg_is_needed_icmp(const struct tg_packet *packet, const struct tg_icmp *icmp)
{
	if (packet->family == 4)
		return icmp->type == 3 && icmp->code == 4 /* destination unreachable: fragmentation needed */;
	if (icmp->type == 2) /* Packet Too Big */
		return 1;
	/*
	 * Neighbour discovery comes from the link itself: nothing that was routed still has hop limit 255 (RFC 4861).
	 * Inside a tunnel any hop limit arrives as it was sent.
	 */
	return icmp->type >= 133 && icmp->type <= 136 && packet->hop_limit == 255 && !packet->is_inner;
}

/* Bytes of the IP packet behind its headers. */
static __always_inline __u32 tg_bytes_left(const struct tg_packet *packet)
{
	__u32 headers = packet->transport_offset - packet->ip_offset;

	return headers < packet->ip_length ? packet->ip_length - headers : 0;
}

static __always_inline void tg_parse_tcp(struct tg_packet *packet, void *at, void *end)
{
	__u8 *bytes = at;

	/* Up to the flags, which lie in byte 13. */
	if (at + 14 > end || tg_bytes_left(packet) < 14) {
		tg_note(packet, TG_MALFORMED_TCP);
		return;
	}
	tg_ports(packet, at);
	packet->tcp_flags = bytes[13];
	packet->transport_bytes = (bytes[12] >> 4) * 4;
	if (packet->transport_bytes < 20) {
		packet->transport_bytes = 0;
		tg_note(packet, TG_MALFORMED_TCP);
	}
}

static __always_inline void tg_parse_udp(struct tg_packet *packet, void *at, void *end)
{
	struct udphdr *udp = at;

	if ((void *)(udp + 1) > end || tg_bytes_left(packet) < sizeof(*udp)) {
		tg_note(packet, TG_MALFORMED_UDP);
		return;
	}
	tg_ports(packet, at);
	packet->transport_bytes = sizeof(*udp);
	packet->always_pass = tg_is_dhcp(packet);
	/* 0 stands for a length that does not fit, in a jumbogram, which is IPv6 (RFC 2675). */
	if (bpf_ntohs(udp->len) < sizeof(*udp) && (udp->len != 0 || packet->family == 4))
		tg_note(packet, TG_MALFORMED_UDP);
}

static __always_inline void tg_parse_transport(struct tg_packet *packet, void *at, void *end)
{
	if (packet->protocol == IPPROTO_TCP) {
		tg_parse_tcp(packet, at, end);
	} else if (packet->protocol == IPPROTO_UDP) {
		tg_parse_udp(packet, at, end);
	} else if (packet->protocol == (packet->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		struct tg_icmp *icmp = at;

		if (at + 4 > end || tg_bytes_left(packet) < 4) {
			tg_note(packet, TG_MALFORMED_ICMP);
			return;
		}
		packet->icmp_seen = 1;
		packet->icmp_type = icmp->type;
		packet->always_pass = tg_is_needed_icmp(packet, icmp);
	}
}

/*
 * A header may claim more than arrived, or less than itself: then what arrived counts. Returns 1 if it does so.
 * `outer_end` is where the packet around this one ends, from the start of the frame; 0: there is none.
 */
static __always_inline int tg_set_length(struct xdp_md *ctx, struct tg_packet *packet, __u32 claimed, __u32 least,
					 __u32 outer_end)
{
	/* 64 bits wide, because the verifier refuses 32-bit arithmetic on packet pointers. */
	__u64 linear = (__u64)ctx->data_end - (__u64)ctx->data - packet->ip_offset;
	__u32 arrived;

	packet->ip_length = claimed;
	if (!outer_end && claimed <= linear && claimed >= least)
		return 0;
	arrived = (outer_end ?: bpf_xdp_get_buff_len(ctx)) - packet->ip_offset;
	if (claimed <= arrived && claimed >= least)
		return 0;
	packet->ip_length = arrived;
	return 1;
}

static __always_inline int tg_parse_ipv4(struct xdp_md *ctx, struct tg_packet *packet, void *at, void *end,
					 __u32 outer_end)
{
	struct iphdr *ip = at;
	__u32 header;
	__u16 fragment, offset;

	if (at + sizeof(*ip) > end || ip->version != 4 ||
	    (outer_end && packet->ip_offset + sizeof(*ip) > outer_end)) {
		tg_note(packet, TG_MALFORMED_IPV4_HEADER);
		return 0;
	}
	header = ip->ihl * 4;
	if (header < sizeof(*ip)) {
		tg_note(packet, TG_MALFORMED_IPV4_HEADER);
		return 0;
	}
	packet->family = 4;
	/* ::ffff:a.b.c.d */
	((__u32 *)packet->source)[2] = ((__u32 *)packet->destination)[2] = bpf_htonl(0xffff);
	((__u32 *)packet->source)[3] = ip->saddr;
	((__u32 *)packet->destination)[3] = ip->daddr;
	packet->protocol = ip->protocol;
	packet->hop_limit = ip->ttl;
	packet->transport_offset = packet->ip_offset + header;
	if (tg_set_length(ctx, packet, bpf_ntohs(ip->tot_len), header, outer_end))
		tg_note(packet, TG_MALFORMED_IPV4_LENGTH);

	fragment = bpf_ntohs(ip->frag_off);
	offset = fragment & 0x1fff;
	packet->fragment = (fragment & 0x3fff) != 0; /* offset, or more to come */
	packet->later_fragment = offset != 0;
	if (offset == 0)
		tg_parse_transport(packet, at + header, end);
	else if (offset == 1 && packet->protocol == IPPROTO_TCP)
		tg_note(packet, TG_MALFORMED_FRAGMENT);
	return 1;
}

static __always_inline int tg_is_extension(__u8 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS || next == IPPROTO_AH ||
	       next == IPPROTO_FRAGMENT;
}

static __always_inline int tg_parse_ipv6(struct xdp_md *ctx, struct tg_packet *packet, void *at, void *end,
					 __u32 outer_end)
{
	struct ipv6hdr *ip = at;
	__u32 offset = sizeof(*ip), payload;
	__u8 next, whole = 1;

	if (at + sizeof(*ip) > end || ip->version != 6 ||
	    (outer_end && packet->ip_offset + sizeof(*ip) > outer_end)) {
		tg_note(packet, TG_MALFORMED_IPV6_HEADER);
		return 0;
	}
	packet->family = 6;
	__builtin_memcpy(packet->source, &ip->saddr, 16);
	__builtin_memcpy(packet->destination, &ip->daddr, 16);
	packet->hop_limit = ip->hop_limit;
	payload = bpf_ntohs(ip->payload_len);
	/* 0 stands for a length that does not fit (RFC 2675). */
	if (tg_set_length(ctx, packet, sizeof(*ip) + payload, sizeof(*ip) + 1, outer_end) && payload)
		tg_note(packet, TG_MALFORMED_IPV6_LENGTH);

	next = ip->nexthdr;
#pragma unroll
	for (int header = 0; header < TG_EXTENSIONS_MAX; header++) {
		struct tg_ipv6_extension *extension = at + offset;

		if (!tg_is_extension(next) || packet->later_fragment)
			break;
		if ((void *)(extension + 1) > end || offset + sizeof(*extension) > packet->ip_length) {
			whole = 0;
			break;
		}
		if (next == IPPROTO_FRAGMENT) {
			struct tg_ipv6_fragment *fragment = (void *)extension;

			if ((void *)(fragment + 1) > end || offset + sizeof(*fragment) > packet->ip_length) {
				whole = 0;
				break;
			}
			/* Offset, or more to come: an atomic fragment (RFC 6946) is none, and hides none before it. */
			packet->fragment |= (fragment->offset_and_flags & bpf_htons(0xfff9)) != 0;
			packet->later_fragment = (fragment->offset_and_flags & bpf_htons(0xfff8)) != 0;
			if ((fragment->offset_and_flags & bpf_htons(0xfff8)) == bpf_htons(8) &&
			    fragment->next == IPPROTO_TCP)
				tg_note(packet, TG_MALFORMED_FRAGMENT);
			offset += sizeof(*fragment);
		} else if (next == IPPROTO_AH) {
			offset += (extension->length + 2) * 4;
		} else {
			offset += (extension->length + 1) * 8;
		}
		next = extension->next;
	}
	packet->protocol = next;
	packet->transport_offset = packet->ip_offset + offset;
	if (packet->later_fragment)
		return 1;
	if (!whole || tg_is_extension(next) || offset > packet->ip_length)
		tg_note(packet, TG_MALFORMED_IPV6_EXTENSIONS);
	else
		tg_parse_transport(packet, at + offset, end);
	return 1;
}

#endif
