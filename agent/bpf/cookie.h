/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SYN cookies: a SYN that a synproxy rule matches is answered from here, with the cookie that the kernel itself would
 * have chosen (RFC 4987, section 3.6), and never reaches the stack. The client's ACK does, and the listening socket
 * takes the connection out of the cookie.
 *
 * It only does so while it believes to be under attack. So a few times a second one SYN is shown to the socket by the
 * kernel's helper for cookies, which refreshes that belief; it takes net.ipv4.tcp_syncookies = 2. Where there is no
 * such socket, or the sysctl is another, SYNs pass to the stack as if there were no rule.
 *
 * The answer offers no window scaling, no SACK and no time stamps: what the client offered is forgotten, since no
 * state is kept. IP options and IPv6 extension headers on a SYN are not answered; such a SYN passes.
 */
#ifndef TG_COOKIE_H
#define TG_COOKIE_H

#include <linux/bpf.h>
#include <linux/tcp.h>
#include "maps.h"
#include "rules.h"
#include "way.h"

#define TG_COOKIE_CHECK_SHIFT 27 /* 134 ms */
#define TG_TCP_HEADER_MAX 60
#define TG_ANSWER_BYTES 24 /* TCP header with one option */
#define TG_ANSWER_WINDOW 29200

struct tg_syn {
	__u8 ip[40];
	__u8 tcp[TG_TCP_HEADER_MAX];
};

static __always_inline int tg_load_syn(const struct tg_way *way, struct tg_syn *syn)
{
	const struct tg_packet *packet = way->packet;
	__u32 header = packet->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	__u32 length = tg_bounded(packet->transport_bytes, sizeof(struct tcphdr), TG_TCP_HEADER_MAX);

	if (packet->fragment || packet->transport_offset != packet->ip_offset + header)
		return 0;
	if (!length)
		return 0;
	return !bpf_xdp_load_bytes(way->ctx, packet->ip_offset, syn->ip, header) &&
	       !bpf_xdp_load_bytes(way->ctx, packet->transport_offset, syn->tcp, length);
}

/* Whether the listening socket takes cookies now. */
static __always_inline int tg_listener_agrees(const struct tg_way *way, struct tg_syn *syn)
{
	struct bpf_sock_tuple tuple = {};
	struct tcphdr *tcp = (void *)syn->tcp;
	struct bpf_sock *socket;
	__u32 length = tg_bounded(way->packet->transport_bytes, sizeof(*tcp), TG_TCP_HEADER_MAX), size;
	__s64 cookie;

	if (way->packet->family == 4) {
		struct iphdr *ip = (void *)syn->ip;

		tuple.ipv4.saddr = ip->saddr;
		tuple.ipv4.daddr = ip->daddr;
		tuple.ipv4.sport = tcp->source;
		tuple.ipv4.dport = tcp->dest;
		size = sizeof(tuple.ipv4);
	} else {
		struct ipv6hdr *ip = (void *)syn->ip;

		__builtin_memcpy(tuple.ipv6.saddr, &ip->saddr, 16);
		__builtin_memcpy(tuple.ipv6.daddr, &ip->daddr, 16);
		tuple.ipv6.sport = tcp->source;
		tuple.ipv6.dport = tcp->dest;
		size = sizeof(tuple.ipv6);
	}
	if (!length)
		return 0;
	if (size == sizeof(tuple.ipv4))
		socket = bpf_skc_lookup_tcp(way->ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	else
		socket = bpf_skc_lookup_tcp(way->ctx, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
	if (!socket)
		return 0;
	if (way->packet->family == 4)
		cookie = bpf_tcp_gen_syncookie(socket, syn->ip, sizeof(struct iphdr), tcp, length);
	else
		cookie = bpf_tcp_gen_syncookie(socket, syn->ip, sizeof(struct ipv6hdr), tcp, length);
	bpf_sk_release(socket);
	return cookie >= 0;
}

/* The packet will be answered: asked before it is counted, since answering overwrites it. */
static __noinline int tg_will_answer(struct tg_way *way)
{
	struct tg_rule_hits *hits = tg_hits_of(way->cpu, way->decision->cookie_rule - 1);
	__u32 check = (way->now >> TG_COOKIE_CHECK_SHIFT) | 1;
	struct tg_syn syn = {};

	if (!hits || !tg_load_syn(way, &syn))
		return 0;
	if (hits->cookie_checked != check) {
		hits->cookie_checked = check;
		hits->cookie_ready = tg_listener_agrees(way, &syn);
	}
	if (!hits->cookie_ready)
		return 0;
	hits->cookies++;
	hits->dropped++;
	return 1;
}

static __always_inline __u16 tg_fold_sum(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline void tg_swap_macs(struct ethhdr *ethernet)
{
	__u8 address[ETH_ALEN];

	__builtin_memcpy(address, ethernet->h_source, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, address, ETH_ALEN);
}

/* The SYN-ACK of 24 bytes, without its checksum. */
static __always_inline void tg_write_answer(__u32 *words, const struct tcphdr *syn, __u32 cookie, __u32 mss)
{
	words[0] = syn->dest | ((__u32)syn->source << 16);
	words[1] = bpf_htonl(cookie);
	words[2] = bpf_htonl(bpf_ntohl(syn->seq) + 1);
	words[3] = bpf_htonl((6u << 28) | ((TG_SYN | TG_ACK) << 16) | TG_ANSWER_WINDOW);
	words[4] = 0;
	words[5] = bpf_htonl((2u << 24) | (4u << 16) | (mss & 0xffff));
}

/* Turns the frame into its answer; XDP_DROP where that cannot be done. */
static __noinline int tg_answer(const struct tg_way *way)
{
	struct tg_syn syn = {};
	struct tcphdr *asked = (void *)syn.tcp;
	__u32 answer[TG_ANSWER_BYTES / 4];
	__u32 length = tg_bounded(way->packet->transport_bytes, sizeof(*asked), TG_TCP_HEADER_MAX);
	__u32 offset = way->packet->ip_offset, is_ipv4 = way->packet->family == 4;
	__u32 header = is_ipv4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	void *data, *end, *network;
	__s64 cookie, sum;

	if (!tg_load_syn(way, &syn) || !length || offset > sizeof(struct ethhdr) + 8)
		return XDP_DROP;
	if (is_ipv4)
		cookie = bpf_tcp_raw_gen_syncookie_ipv4((void *)syn.ip, asked, length);
	else
		cookie = bpf_tcp_raw_gen_syncookie_ipv6((void *)syn.ip, asked, length);
	if (cookie < 0)
		return XDP_DROP;
	tg_write_answer(answer, asked, cookie, cookie >> 32);
	if (bpf_xdp_adjust_tail(way->ctx,
				(int)(offset + header + TG_ANSWER_BYTES) - (int)bpf_xdp_get_buff_len(way->ctx)))
		return XDP_DROP;
	data = (void *)(long)way->ctx->data;
	end = (void *)(long)way->ctx->data_end;
	network = data + offset;
	if (data + sizeof(struct ethhdr) > end)
		return XDP_DROP;
	tg_swap_macs(data);
	sum = bpf_csum_diff(0, 0, answer, sizeof(answer), bpf_htons(IPPROTO_TCP) + bpf_htons(TG_ANSWER_BYTES));
	if (is_ipv4) {
		struct iphdr *ip = network;
		struct iphdr *was = (void *)syn.ip;

		if ((void *)(ip + 1) + TG_ANSWER_BYTES > end)
			return XDP_DROP;
		ip->saddr = was->daddr;
		ip->daddr = was->saddr;
		ip->tos = 0;
		ip->tot_len = bpf_htons(sizeof(*ip) + TG_ANSWER_BYTES);
		ip->id = 0;
		ip->frag_off = bpf_htons(0x4000); /* do not fragment */
		ip->ttl = 64;
		ip->check = 0;
		ip->check = tg_fold_sum(bpf_csum_diff(0, 0, (void *)ip, sizeof(*ip), 0));
		sum = bpf_csum_diff(0, 0, &was->saddr, 8, sum);
		((__u16 *)answer)[8] = tg_fold_sum(sum);
		__builtin_memcpy(ip + 1, answer, sizeof(answer));
	} else {
		struct ipv6hdr *ip = network;
		struct ipv6hdr *was = (void *)syn.ip;

		if ((void *)(ip + 1) + TG_ANSWER_BYTES > end)
			return XDP_DROP;
		__builtin_memcpy(&ip->saddr, &was->daddr, 16);
		__builtin_memcpy(&ip->daddr, &was->saddr, 16);
		ip->payload_len = bpf_htons(TG_ANSWER_BYTES);
		ip->hop_limit = 64;
		sum = bpf_csum_diff(0, 0, (void *)&was->saddr, 32, sum);
		((__u16 *)answer)[8] = tg_fold_sum(sum);
		__builtin_memcpy(ip + 1, answer, sizeof(answer));
	}
	return XDP_TX;
}

#endif
