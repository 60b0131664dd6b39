/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The internet's end of a veth pair: what a victim sends to the spoofed sources of a flood goes elsewhere, and costs
 * this end no more than this; what it sends to clients passes.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* As src/testkit/traffic/template.ts draws them: 64.0.0.0/3 and 2001:db8:8000::/33. */
static __always_inline int is_spoofed_ipv4(const struct iphdr *ip)
{
	return (ip->daddr & bpf_htonl(0xe0000000)) == bpf_htonl(0x40000000);
}

static __always_inline int is_spoofed_ipv6(const struct ipv6hdr *ip)
{
	return ip->daddr.in6_u.u6_addr32[0] == bpf_htonl(0x20010db8) &&
	       (ip->daddr.in6_u.u6_addr32[1] & bpf_htonl(0x80000000));
}

SEC("xdp")
int internet(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ipv4 = (void *)(ethernet + 1);
	struct ipv6hdr *ipv6 = (void *)(ethernet + 1);

	if ((void *)(ethernet + 1) > end)
		return XDP_PASS;
	if (ethernet->h_proto == bpf_htons(ETH_P_IP) && (void *)(ipv4 + 1) <= end && is_spoofed_ipv4(ipv4))
		return XDP_DROP;
	if (ethernet->h_proto == bpf_htons(ETH_P_IPV6) && (void *)(ipv6 + 1) <= end && is_spoofed_ipv6(ipv6))
		return XDP_DROP;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
