/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attack traffic out of nothing: run by BPF_PROG_TEST_RUN over live frames, this program draws a source, ports and an
 * identity for each copy of the template, mends the checksums, and sends the frame out of an interface.
 *
 * The identity is the 32-bit word behind the ports of TCP (the sequence number), or the first two bytes of a UDP
 * payload (the message id of DNS). Sums are of 16-bit words as they lie in memory (RFC 1071, section 2).
 *
 * The kernel sends the same pages again and again, as the receiver left them. So the start of every frame is written
 * anew, and its length set anew.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "traffic.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_flood);
} flood SEC(".maps");

static __always_inline __u32 halves(__u32 word)
{
	return (word & 0xffff) + (word >> 16);
}

static __always_inline __u16 checksum(__u32 sum)
{
	sum = halves(sum);
	return ~halves(sum);
}

static __always_inline __u16 drawn_port(__u32 wanted, __u32 random)
{
	if (wanted)
		return bpf_htons(wanted);
	return bpf_htons(1024 + (random & 0xffff) % 64512);
}

/* Returns the sum of the source's words. */
static __always_inline __u32 draw_source(const struct tg_flood *task, void *network, void *end)
{
	__u32 words[4], sum = 0;
	__u32 *at;

	for (int word = 0; word < 4; word++) {
		words[word] = task->source[word];
		if (task->source_random[word])
			words[word] |= bpf_get_prandom_u32() & task->source_random[word];
	}
	if (!task->is_ipv6) {
		struct iphdr *ip = network;

		if ((void *)(ip + 1) > end)
			return 0;
		ip->saddr = words[3];
		sum = halves(words[3]);
		ip->check = checksum(task->network_sum + sum);
		return sum;
	}
	at = network + __builtin_offsetof(struct ipv6hdr, saddr);
	if ((void *)(at + 4) > end)
		return 0;
	for (int word = 0; word < 4; word++) {
		at[word] = words[word];
		sum += halves(words[word]);
	}
	return sum;
}

static __always_inline void finish_tcp(void *at, void *end, __be16 from, __be16 to, __u32 random, __u32 sum)
{
	struct tcphdr *tcp = at;

	if ((void *)(tcp + 1) > end)
		return;
	tcp->source = from;
	tcp->dest = to;
	tcp->seq = random;
	tcp->check = checksum(sum + from + to + halves(random));
}

static __always_inline void finish_udp(void *at, void *end, __be16 from, __be16 to, __u16 random, __u32 sum)
{
	struct udphdr *udp = at;
	__u16 *identity = at + sizeof(*udp);

	if ((void *)(identity + 1) > end)
		return;
	udp->source = from;
	udp->dest = to;
	*identity = random;
	udp->check = checksum(sum + from + to + random);
	if (!udp->check)
		udp->check = 0xffff; /* 0 would say "none" */
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 only = 0, random = bpf_get_prandom_u32(), sum, network, transport;
	struct tg_flood *task = bpf_map_lookup_elem(&flood, &only);
	__be16 from, to;

	if (!task || data + TG_FLOOD_START_BYTES > end)
		return XDP_ABORTED;
	__builtin_memcpy(data, task->start, TG_FLOOD_START_BYTES);
	network = task->network_offset & 63;
	transport = task->transport_offset & 127;
	sum = task->transport_sum + draw_source(task, data + network, end);
	from = drawn_port(task->source_port, random);
	to = drawn_port(task->destination_port, random >> 16);
	if (task->is_tcp)
		finish_tcp(data + transport, end, from, to, bpf_get_prandom_u32(), sum);
	else
		finish_udp(data + transport, end, from, to, bpf_get_prandom_u32(), sum);
	if (bpf_xdp_adjust_tail(ctx, (int)task->frame_bytes - (int)bpf_xdp_get_buff_len(ctx)))
		return XDP_ABORTED;
	task->last_ns = bpf_ktime_get_ns();
	if (!task->sent)
		task->first_ns = task->last_ns;
	task->sent++;
	return bpf_redirect(task->interface_index, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
