/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SYN cookies: a SYN that a synproxy rule matches is answered from here, with the cookie that the listening socket
 * itself would send (RFC 4987, section 3.6), and never reaches the stack. The client's ACK does, and the socket takes
 * the connection out of the cookie.
 *
 * The socket is asked for every SYN, through the kernel's helper, which also lets it know that cookies of its own are
 * on the way: only then it takes them back. So nothing is answered that the socket would not honour. What is on an
 * existing connection passes to the stack, and so does a SYN that no local socket waits for, or one whose socket makes
 * no cookies now: it takes net.ipv4.tcp_syncookies = 2. A socket whose backlog is full makes none either, for as long
 * as it is; it is answered for it for some seconds, by the kernel's helper that needs no socket.
 *
 * The answer offers no window scaling, no SACK and no time stamps: what the client offered is forgotten, since no
 * state is kept. A SYN with IP options or IPv6 extension headers is not answered; it passes.
 */
#ifndef TG_COOKIE_H
#define TG_COOKIE_H

#include <linux/bpf.h>
#include <linux/tcp.h>
#include "maps.h"
#include "rules.h"
#include "way.h"

#define TG_TCP_HEADER_MAX 60
#define TG_ANSWER_WORDS 6 /* TCP header with one option */
#define TG_ANSWER_BYTES (4 * TG_ANSWER_WORDS)
#define TG_ANSWER_WINDOW 29200
#define TG_FRAME_LEAST 60 /* of Ethernet, without its checksum: not every card fills up what a program sends */
#define TG_IP_OFFSET_MAX (sizeof(struct ethhdr) + TG_VLANS_MAX * sizeof(struct tg_vlan))
#define TG_NO_COOKIES_NOW -2 /* -ENOENT */
#define TG_COOKIE_TIME_SHIFT 27 /* 134 ms */
#define TG_COOKIE_TRUST 16 /* times that: 2 s */
#define TG_DO_NOT_FRAGMENT 0x4000
#define TG_HOP_LIMIT 64

struct tg_syn {
	__u8 ip[40];
	__u8 tcp[TG_TCP_HEADER_MAX];
};

static __always_inline __u32 tg_ip_header_bytes(const struct tg_packet *packet)
{
	return packet->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

static __always_inline __u32 tg_tcp_header_bytes(const struct tg_packet *packet)
{
	return tg_bounded(packet->transport_bytes, sizeof(struct tcphdr), TG_TCP_HEADER_MAX);
}

static __always_inline int tg_load_syn(const struct tg_way *way, struct tg_syn *syn)
{
	const struct tg_packet *packet = way->packet;
	__u32 header = tg_ip_header_bytes(packet), length = tg_tcp_header_bytes(packet);

	if (packet->fragment || packet->transport_offset != packet->ip_offset + header || !length ||
	    packet->ip_length < header + length || packet->ip_offset > TG_IP_OFFSET_MAX)
		return 0;
	return !bpf_xdp_load_bytes(way->ctx, packet->ip_offset, syn->ip, header) &&
	       !bpf_xdp_load_bytes(way->ctx, packet->transport_offset, syn->tcp, length);
}

/* The cookie in the lower half, the client's MSS in the upper one; negative: none. */
static __always_inline __s64 tg_ask_listener(const struct tg_way *way, struct tg_syn *syn)
{
	struct bpf_sock_tuple tuple = {};
	struct tcphdr *tcp = (void *)syn->tcp;
	struct bpf_sock *socket;
	__u32 length = tg_tcp_header_bytes(way->packet);
	__s64 cookie;

	if (!length)
		return -1;
	if (way->packet->family == 4) {
		struct iphdr *ip = (void *)syn->ip;

		tuple.ipv4.saddr = ip->saddr;
		tuple.ipv4.daddr = ip->daddr;
		tuple.ipv4.sport = tcp->source;
		tuple.ipv4.dport = tcp->dest;
		socket = bpf_skc_lookup_tcp(way->ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
		if (!socket)
			return -1;
		cookie = bpf_tcp_gen_syncookie(socket, ip, sizeof(*ip), tcp, length);
	} else {
		struct ipv6hdr *ip = (void *)syn->ip;

		__builtin_memcpy(tuple.ipv6.saddr, &ip->saddr, 16);
		__builtin_memcpy(tuple.ipv6.daddr, &ip->daddr, 16);
		tuple.ipv6.sport = tcp->source;
		tuple.ipv6.dport = tcp->dest;
		socket = bpf_skc_lookup_tcp(way->ctx, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
		if (!socket)
			return -1;
		cookie = bpf_tcp_gen_syncookie(socket, ip, sizeof(*ip), tcp, length);
	}
	bpf_sk_release(socket);
	return cookie;
}

static __always_inline __s64 tg_raw_cookie(const struct tg_way *way, struct tg_syn *syn)
{
	__u32 length = tg_tcp_header_bytes(way->packet);

	if (!length)
		return -1;
	if (way->packet->family == 4)
		return bpf_tcp_raw_gen_syncookie_ipv4((void *)syn->ip, (void *)syn->tcp, length);
	return bpf_tcp_raw_gen_syncookie_ipv6((void *)syn->ip, (void *)syn->tcp, length);
}

/* Nobody connects from a group, from everybody, from nobody or from the loop (RFC 1122, section 3.2.1.3; RFC 4291). */
static __always_inline int tg_is_host(const struct tg_packet *packet)
{
	const __u8 *source = (const __u8 *)packet->source;

	if (packet->family == 4)
		return source[12] != 0 && source[12] != 127 && (source[12] & 0xf0) != 0xe0 &&
		       ((const __u32 *)source)[3] != 0xffffffff;
	return source[0] != 0xff && (packet->source[0] || packet->source[1] & bpf_cpu_to_be64(~1ULL));
}

/* The packet will not go on: asked before it is counted, since answering overwrites it. */
static __noinline int tg_will_answer(struct tg_way *way)
{
	struct tg_rule_hits *hits = tg_hits_of(way->cpu, way->decision->cookie_rule - 1);
	__u32 now = way->now >> TG_COOKIE_TIME_SHIFT;
	struct tg_syn syn = {};
	__s64 cookie;

	if (!hits || !tg_load_syn(way, &syn))
		return 0;
	cookie = tg_ask_listener(way, &syn);
	if (cookie >= 0) {
		hits->cookie_ready = 1;
		hits->cookie_checked = now;
	} else if (cookie == TG_NO_COOKIES_NOW && hits->cookie_ready && now - hits->cookie_checked < TG_COOKIE_TRUST) {
		cookie = tg_raw_cookie(way, &syn);
	}
	if (cookie < 0)
		return 0;
	hits->dropped++;
	way->cookie = tg_is_host(way->packet) ? cookie : -1;
	if (way->cookie >= 0)
		hits->cookies++;
	return 1;
}

static __always_inline __u64 tg_sum(const __u32 *words, __u32 count)
{
	__u64 sum = 0;

#pragma unroll
	for (__u32 word = 0; word < count; word++)
		sum += words[word];
	return sum;
}

/* The checksum of 16-bit words out of a sum of 32-bit ones (RFC 1071, section 2). */
static __always_inline __u16 tg_checksum(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
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

/* What fits into a packet of the interface that the SYN came from. */
static __always_inline __u32 tg_own_mss(const struct tg_way *way, __u32 header)
{
	__u32 mtu = 0, least = way->packet->family == 4 ? 536 : 1220;

	bpf_check_mtu(way->ctx, 0, &mtu, 0, 0);
	return mtu < least + header + sizeof(struct tcphdr) ? least : mtu - header - sizeof(struct tcphdr);
}

/* The SYN-ACK without its checksum. */
static __always_inline void tg_write_answer(__u32 *words, const struct tcphdr *syn, __u32 cookie, __u32 mss)
{
	words[0] = syn->dest | ((__u32)syn->source << 16);
	words[1] = bpf_htonl(cookie);
	words[2] = bpf_htonl(bpf_ntohl(syn->seq) + 1);
	words[3] = bpf_htonl(((__u32)TG_ANSWER_WORDS << 28) | ((TG_SYN | TG_ACK) << 16) | TG_ANSWER_WINDOW);
	words[4] = 0;
	words[5] = bpf_htonl((2u << 24) | (4u << 16) | (mss & 0xffff));
}

/* Puts the checksum where it belongs: 16 bits, in memory order, in the middle of words of 32. */
static __always_inline void tg_put_checksum(__u32 *words, __u32 byte, __u64 sum)
{
	__u16 checksum = tg_checksum(sum);

	__builtin_memcpy((__u8 *)words + byte, &checksum, sizeof(checksum));
}

static __always_inline void tg_seal_answer(__u32 *words, __u64 addresses_sum)
{
	tg_put_checksum(words, __builtin_offsetof(struct tcphdr, check),
			tg_sum(words, TG_ANSWER_WORDS) + addresses_sum + bpf_htons(IPPROTO_TCP) +
				bpf_htons(TG_ANSWER_BYTES));
}

static __always_inline int tg_send_ipv4(void *network, void *end, __u32 *words)
{
	__u32 header[sizeof(struct iphdr) / 4];

	if (network + sizeof(header) + TG_ANSWER_BYTES > end)
		return XDP_DROP;
	__builtin_memcpy(&header[3], network + __builtin_offsetof(struct iphdr, daddr), 4);
	__builtin_memcpy(&header[4], network + __builtin_offsetof(struct iphdr, saddr), 4);
	header[0] = bpf_htonl((0x45u << 24) | (sizeof(header) + TG_ANSWER_BYTES));
	header[1] = bpf_htonl(TG_DO_NOT_FRAGMENT);
	header[2] = bpf_htonl((TG_HOP_LIMIT << 24) | (IPPROTO_TCP << 16));
	tg_seal_answer(words, (__u64)header[3] + header[4]);
	tg_put_checksum(header, __builtin_offsetof(struct iphdr, check), tg_sum(header, sizeof(header) / 4));
	__builtin_memcpy(network, header, sizeof(header));
	__builtin_memcpy(network + sizeof(header), words, TG_ANSWER_BYTES);
	return XDP_TX;
}

static __always_inline int tg_send_ipv6(void *network, void *end, __u32 *words)
{
	__u32 header[sizeof(struct ipv6hdr) / 4];

	if (network + sizeof(header) + TG_ANSWER_BYTES > end)
		return XDP_DROP;
	__builtin_memcpy(&header[2], network + __builtin_offsetof(struct ipv6hdr, daddr), 16);
	__builtin_memcpy(&header[6], network + __builtin_offsetof(struct ipv6hdr, saddr), 16);
	header[0] = bpf_htonl(6u << 28);
	header[1] = bpf_htonl((TG_ANSWER_BYTES << 16) | (IPPROTO_TCP << 8) | TG_HOP_LIMIT);
	tg_seal_answer(words, tg_sum(&header[2], 8));
	__builtin_memcpy(network, header, sizeof(header));
	__builtin_memcpy(network + sizeof(header), words, TG_ANSWER_BYTES);
	return XDP_TX;
}

/* Turns the frame into its answer; XDP_DROP where there is none, or it cannot be made. */
static __noinline int tg_answer(const struct tg_way *way)
{
	__u32 offset = way->packet->ip_offset, header = tg_ip_header_bytes(way->packet), length;
	__u32 words[TG_ANSWER_WORDS];
	void *data = (void *)(long)way->ctx->data, *end = (void *)(long)way->ctx->data_end;
	struct tcphdr *syn;

	if (way->cookie < 0 || offset > TG_IP_OFFSET_MAX)
		return XDP_DROP;
	syn = data + offset + header;
	if ((void *)(syn + 1) > end)
		return XDP_DROP;
	tg_write_answer(words, syn, way->cookie, tg_own_mss(way, header));
	length = offset + header + TG_ANSWER_BYTES;
	if (length < TG_FRAME_LEAST)
		length = TG_FRAME_LEAST;
	if (bpf_xdp_adjust_tail(way->ctx, (int)length - (int)bpf_xdp_get_buff_len(way->ctx)))
		return XDP_DROP;
	data = (void *)(long)way->ctx->data;
	end = (void *)(long)way->ctx->data_end;
	if (data + sizeof(struct ethhdr) > end)
		return XDP_DROP;
	tg_swap_macs(data);
	if (header == sizeof(struct iphdr))
		return tg_send_ipv4(data + offset, end, words);
	return tg_send_ipv6(data + offset, end, words);
}

#endif
