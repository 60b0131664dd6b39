/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Targets and their counters. A target gets its slot with its first packet, from the kernel itself. */
#ifndef TG_COUNT_H
#define TG_COUNT_H

#include "maps.h"
#include "parse.h"
#include "way.h"

#define TG_NOT_PROTECTED 0xffffffffu

/* Next slot: one that was never used, else one that user space gave back; 0 where there is none. */
static __always_inline __u32 tg_take_slot(const struct tg_config *settings, struct tg_state *shared)
{
	__u32 slot = 0;

	/* Looked at first, so that a full table is not written to by every packet of a sweep. */
	if (shared->next_slot < settings->rows) {
		slot = __sync_fetch_and_add(&shared->next_slot, 1);
		if (slot < settings->rows)
			return slot;
		slot = 0;
	}
	if (shared->returned_slots && bpf_map_pop_elem(&free_slots, &slot)) {
		shared->returned_slots = 0;
		slot = 0;
	}
	return slot;
}

/* Classes that a profile has ceilings for. */
static __always_inline __u8 tg_classes_of(__u32 number)
{
	struct tg_profile *profile = bpf_map_lookup_elem(&profiles, &number);

	return profile ? profile->classes : 0;
}

/* The slot of an address that has none so far: that of its prefix where the table is full. */
static __noinline __u32 tg_new_target(const struct tg_config *settings, struct tg_state *shared,
				      const __u64 *destination)
{
	__u64 address[2] = { destination[0], destination[1] };
	struct tg_prefix key = { .bits = 128 };
	struct tg_protected *prefix;
	struct tg_slot *slot;
	__u32 number, *present;

	__builtin_memcpy(key.address, address, 16);
	prefix = bpf_map_lookup_elem(&protect, &key);
	if (!prefix || !prefix->slot)
		return TG_NOT_PROTECTED;
	number = tg_take_slot(settings, shared);
	slot = bpf_map_lookup_elem(&slots, &number);
	if (!number || !slot)
		return prefix->slot;
	if (bpf_map_update_elem(&targets, address, &number, BPF_NOEXIST)) {
		/* Another CPU was first: its slot counts, ours goes back. */
		bpf_map_push_elem(&free_slots, &number, BPF_ANY);
		shared->returned_slots = 1;
		present = bpf_map_lookup_elem(&targets, address);
		return present ? *present : prefix->slot;
	}
	slot->address[0] = address[0];
	slot->address[1] = address[1];
	slot->prefix_slot = prefix->slot;
	slot->profile = prefix->profile;
	slot->held_classes = tg_classes_of(prefix->profile);
	/* A full barrier: who sees first_ns sees the address. */
	__sync_lock_test_and_set(&slot->first_ns, bpf_ktime_get_ns());
	return number;
}

/* An IPv6 packet to a mapped address is for nobody (RFC 4942, section 2.2), least of all for the IPv4 address. */
static __always_inline int tg_goes_to_mapped(const struct tg_packet *packet)
{
	return packet->family == 6 && packet->destination[0] == 0 &&
	       ((__u32 *)packet->destination)[2] == bpf_htonl(0xffff);
}

/*
 * The packet's slot, or TG_NOT_PROTECTED. Each CPU remembers where it found an address, protected or not. The
 * generation is read before the table: what was looked up under an older one is never believed later.
 */
static __always_inline __u32 tg_target(const struct tg_config *settings, struct tg_state *shared, __u32 cpu,
				       const struct tg_packet *packet)
{
	const __u64 *address = packet->destination;
	__u64 hash = (address[0] ^ (address[1] * 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;
	__u32 generation = *(const volatile __u32 *)&settings->target_generation;
	__u32 index = cpu * TG_CACHE_ENTRIES + (hash >> 52), *number, slot;
	struct tg_cached_target *cached = bpf_map_lookup_elem(&target_cache, &index);

	if (!cached)
		return TG_NOT_PROTECTED;
	if (cached->address[1] == address[1] && cached->address[0] == address[0] && cached->generation == generation)
		return cached->slot;
	number = bpf_map_lookup_elem(&targets, address);
	/* An address that has a slot is protected: user space takes the slot away when a policy no longer says so. */
	slot = number ? *number : tg_new_target(settings, shared, address);
	cached->address[0] = address[0];
	cached->address[1] = address[1];
	cached->slot = slot;
	cached->generation = generation;
	return slot;
}

/*
 * Services that answer a small question with a large reply, and what they are abused as, in a table without
 * collisions: (port * 0x6bf3a09f) >> 27. In the order of their ports: qotd, chargen, dns, tftp, portmap, ntp,
 * netbios, snmp, cldap, isakmp, rip, openvpn, mssql, ssdp, arms, stun, wsd, sip, coap, ubiquiti, memcached, plex,
 * dvr_dhcp, bacnet.
 */
static const volatile __u16 tg_amplifiers[32] = {
	19,   389,  3702, 69,	0,     17,    1900, 0,	  520, 10001, 0,    53,	  3283, 0,   5683,  1194,
	11211, 32414, 0,   3478, 0,	0,     1434, 5060, 137, 111,   500,  123,  161,	0,   37810, 47808,
};

static __always_inline int tg_is_amplifier(__u16 port)
{
	return port != 0 && tg_amplifiers[((__u32)port * 0x6bf3a09fu) >> 27] == port;
}

/* FIN, SYN, RST and ACK as bits 0 to 3. */
static __always_inline __u32 tg_tcp_kind(__u8 flags)
{
	__u32 kind = (flags & 7) | ((flags & TG_ACK) >> 1);

	/* Linux 6.1 forgets the bounds of a 32-bit OR; the mask must not be optimised away. */
	asm volatile("" : "+r"(kind));
	return kind & 15;
}

static __always_inline void tg_count_udp(__u64 *counts, const struct tg_packet *packet)
{
	__u32 length = packet->ip_length;

	counts[TG_UDP_PACKETS]++;
	counts[TG_UDP_BYTES] += length;
	if (!tg_is_amplifier(packet->source_port))
		return;
	counts[TG_UDP_AMPLIFIER_PACKETS]++;
	counts[TG_UDP_AMPLIFIER_BYTES] += length;
	if (packet->source_port == 53) {
		counts[TG_UDP_DNS_PACKETS]++;
		counts[TG_UDP_DNS_BYTES] += length;
	}
}

static __always_inline void tg_count_icmp(__u64 *counts, const struct tg_packet *packet)
{
	int is_ipv6 = packet->family == 6;

	counts[TG_ICMP_PACKETS]++;
	counts[TG_ICMP_BYTES] += packet->ip_length;
	if (!packet->icmp_seen)
		return;
	if (packet->icmp_type == (is_ipv6 ? 128 : 8))
		counts[TG_ICMP_ECHO_REQUESTS]++;
	else if (packet->icmp_type == (is_ipv6 ? 129 : 0))
		counts[TG_ICMP_ECHO_REPLIES]++;
	else if (packet->icmp_type == (is_ipv6 ? 1 : 3))
		counts[TG_ICMP_UNREACHABLE]++;
}

static __always_inline void tg_count_other(__u64 *counts, const struct tg_packet *packet)
{
	counts[TG_OTHER_PACKETS]++;
	counts[TG_OTHER_BYTES] += packet->ip_length;
	if (packet->protocol == IPPROTO_GRE)
		counts[TG_GRE_PACKETS]++;
	else if (packet->protocol == IPPROTO_ESP)
		counts[TG_ESP_PACKETS]++;
}

static __always_inline void tg_count_protocol(__u64 *counts, const struct tg_packet *packet)
{
	if (packet->protocol == IPPROTO_TCP) {
		counts[TG_TCP_PACKETS]++;
		counts[TG_TCP_BYTES] += packet->ip_length;
		if (packet->transport_seen)
			counts[TG_TCP_KINDS + tg_tcp_kind(packet->tcp_flags)]++;
	} else if (packet->protocol == IPPROTO_UDP) {
		tg_count_udp(counts, packet);
	} else if (packet->protocol == (packet->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		tg_count_icmp(counts, packet);
	} else {
		tg_count_other(counts, packet);
	}
}

static __always_inline void tg_count(const struct tg_way *way)
{
	const struct tg_packet *packet = way->packet;
	__u64 *counts = way->row->counts;

	counts[TG_PACKETS]++;
	counts[TG_BYTES] += packet->ip_length;
	if (packet->fragment)
		counts[TG_FRAGMENTS]++;
	tg_count_protocol(counts, packet);
	if (way->decision->drop) {
		counts[TG_DROPPED_PACKETS]++;
		counts[TG_DROPPED_BYTES] += packet->ip_length;
	} else if (way->decision->would_drop) {
		counts[TG_WOULD_DROP_PACKETS]++;
	}
}

static __always_inline void tg_count_malformed(struct tg_cpu *own)
{
#pragma unroll
	for (int kind = 0; kind < TG_MALFORMED_KINDS; kind++)
		if (own->packet.malformed & (1u << kind))
			own->malformed[kind]++;
}

#endif
