/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a measurement of XDP programs stands on: a program that does nothing, whose cost is that of the clock itself,
 * and a sink behind XDP, so that packets that pass cost the same little whatever passed them.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

/* By CPU, so that none is lost. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, __u64);
} passed SEC(".maps");

SEC("xdp")
int nothing(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("tc")
int sink(struct __sk_buff *skb)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 *packets = bpf_map_lookup_elem(&passed, &cpu);

	if (packets)
		*packets += skb->gso_segs > 1 ? skb->gso_segs : 1;
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
