/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An independent witness at the victim: counts the generator's frames that reach the network stack. It sits at tc
 * ingress, behind XDP, and knows them by their source MAC alone.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "traffic.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_probe);
} totals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TG_PROBE_BUCKETS);
	__type(key, __u32);
	__type(value, struct tg_probe_bucket);
} buckets SEC(".maps");

static __always_inline void count_bucket(__u64 now, __u32 packets)
{
	__u64 number = now / TG_PROBE_BUCKET_NS, before;
	__u32 index = number % TG_PROBE_BUCKETS;
	struct tg_probe_bucket *bucket = bpf_map_lookup_elem(&buckets, &index);

	if (!bucket)
		return;
	before = bucket->number;
	if (before != number && __sync_val_compare_and_swap(&bucket->number, before, number) == before)
		bucket->packets = 0;
	__sync_fetch_and_add(&bucket->packets, packets);
}

SEC("tc")
int watch(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *ethernet = data;
	__u32 only = 0, packets;
	struct tg_probe *seen;
	__u64 now;

	if ((void *)(ethernet + 1) > end)
		return TC_ACT_UNSPEC;
	if (*(__u16 *)ethernet->h_source != bpf_htons(TG_ATTACK_MAC_HIGH) ||
	    *(__u32 *)(ethernet->h_source + 2) != bpf_htonl(TG_ATTACK_MAC_LOW))
		return TC_ACT_UNSPEC;
	seen = bpf_map_lookup_elem(&totals, &only);
	if (!seen)
		return TC_ACT_UNSPEC;
	now = bpf_ktime_get_ns();
	packets = skb->gso_segs > 1 ? skb->gso_segs : 1;
	__sync_val_compare_and_swap(&seen->first_ns, 0, now);
	seen->last_ns = now;
	__sync_fetch_and_add(&seen->packets, packets);
	__sync_fetch_and_add(&seen->bytes, skb->len);
	count_bucket(now, packets);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
