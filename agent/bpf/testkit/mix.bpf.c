/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A mix of traffic out of nothing: run by BPF_PROG_TEST_RUN over live frames, this program draws a kind of packet for
 * each frame, then its source, destination, ports and length, and sends it out of an interface. Chance is its own, so
 * a seed gives the same packets in the same order.
 *
 * Lengths in the headers are right; checksums are not mended (programs at XDP look at none). One sender has one copy
 * of the maps and runs on one CPU at a time, so nothing here is atomic.
 */
#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "mix.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_mix_task);
} task SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TG_MIX_KINDS_MAX);
	__type(key, __u32);
	__type(value, struct tg_mix_kind);
} kinds SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TG_MIX_KINDS_MAX);
	__type(key, __u32);
	__type(value, struct tg_mix_sent);
} sent SEC(".maps");

struct address {
	__u32 words[4]; /* network order; IPv4 in the last word */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, struct address);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, struct address);
} listed SEC(".maps");

/* xorshift64* (Vigna, 2016); the state is never 0. */
static __always_inline __u64 draw(struct tg_mix_task *work)
{
	__u64 x = work->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	work->random = x;
	return x * 0x2545f4914f6cdd1dULL;
}

/* One of 0 to count - 1. */
static __always_inline __u32 one_of(__u32 random, __u32 count)
{
	return ((__u64)random * count) >> 32;
}

static __always_inline void draw_source(struct tg_mix_task *work, const struct tg_mix_kind *kind, struct address *source)
{
	__u64 random = draw(work);
	__u32 number;
	struct address *of;

	if (kind->listed_count) {
		number = kind->listed_first + one_of(random >> 32, kind->listed_count);
		of = bpf_map_lookup_elem(&listed, &number);
		if (of)
			*source = *of;
		return;
	}
	source->words[2] = kind->source[2] | ((__u32)random & kind->source_random[2]);
	source->words[3] = kind->source[3] | ((random >> 32) & kind->source_random[3]);
	if (!(kind->flags & TG_MIX_IPV6))
		return;
	random = draw(work);
	source->words[0] = kind->source[0] | ((__u32)random & kind->source_random[0]);
	source->words[1] = kind->source[1] | ((random >> 32) & kind->source_random[1]);
}

static __always_inline void write_network(void *at, const struct tg_mix_kind *kind, const struct address *source,
					  const struct address *target, __u32 bytes)
{
	if (kind->flags & TG_MIX_IPV6) {
		struct ipv6hdr *ip = at;

		ip->payload_len = bpf_htons(bytes - sizeof(*ip));
		__builtin_memcpy(&ip->saddr, source, sizeof(*source));
		__builtin_memcpy(&ip->daddr, target, sizeof(*target));
	} else {
		struct iphdr *ip = at;

		ip->tot_len = bpf_htons(bytes);
		ip->saddr = source->words[3];
		ip->daddr = target->words[3];
	}
}

static __always_inline void write_transport(struct tg_mix_task *work, const struct tg_mix_kind *kind, void *at,
					    __u32 bytes)
{
	__u64 random = draw(work);
	struct udphdr *udp = at;

	udp->source = bpf_htons(kind->source_port + one_of(random, kind->source_ports));
	udp->dest = bpf_htons(kind->destination_port + one_of(random >> 32, kind->destination_ports));
	if (kind->flags & TG_MIX_UDP)
		udp->len = bpf_htons(bytes);
}

/* Addresses, lengths and ports of the packet; the frame will have `length` bytes. */
static __always_inline int write_packet(struct tg_mix_task *work, const struct tg_mix_kind *kind, void *data, void *end,
					__u32 length)
{
	__u32 network = kind->network_offset & 31, transport = kind->transport_offset & 127;
	struct address source = {}, *target;
	__u32 number = kind->target_first + one_of(draw(work) >> 32, kind->target_count);

	target = bpf_map_lookup_elem(&targets, &number);
	if (!target || data + network + sizeof(struct ipv6hdr) > end || data + transport + sizeof(struct udphdr) > end)
		return 0;
	draw_source(work, kind, &source);
	write_network(data + network, kind, &source, target, length - network);
	if (kind->flags & TG_MIX_PORTS)
		write_transport(work, kind, data + transport, length - transport);
	return 1;
}

SEC("xdp")
int mix(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 only = 0, number, length;
	struct tg_mix_task *work = bpf_map_lookup_elem(&task, &only);
	struct tg_mix_kind *kind;
	struct tg_mix_sent *total;
	__u64 random;

	if (!work || data + TG_MIX_START_BYTES > end)
		return XDP_ABORTED;
	random = draw(work);
	number = work->draws[random & (TG_MIX_DRAWS - 1)];
	kind = bpf_map_lookup_elem(&kinds, &number);
	total = bpf_map_lookup_elem(&sent, &number);
	if (!kind || !total)
		return XDP_ABORTED;
	length = kind->frame_bytes + one_of(random >> 32, kind->frame_lengths);
	__builtin_memcpy(data, kind->start, TG_MIX_START_BYTES);
	if (!(kind->flags & TG_MIX_AS_IT_IS) && !write_packet(work, kind, data, end, length))
		return XDP_ABORTED;
	if (bpf_xdp_adjust_tail(ctx, (int)length - (int)bpf_xdp_get_buff_len(ctx)))
		return XDP_ABORTED;
	total->packets++;
	total->bytes += length;
	return bpf_redirect(work->interface_index, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
