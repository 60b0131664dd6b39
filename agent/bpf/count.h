/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Targets and their counters. A target gets its slot with its first packet, from the kernel itself. */
#ifndef TG_COUNT_H
#define TG_COUNT_H

#include "maps.h"
#include "parse.h"

#define TG_NOT_PROTECTED (-1)
#define TG_SLOT_OVERFLOW 0

static __always_inline __u32 tg_prefix_value(void *trie, const __u64 address[2])
{
	struct tg_prefix key = { .bits = 128 };
	__u32 *value;

	__builtin_memcpy(key.address, address, 16);
	value = bpf_map_lookup_elem(trie, &key);
	return value ? *value : 0;
}

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

/* The packet's slot; TG_SLOT_OVERFLOW where the table is full. */
static __noinline int tg_new_target(const struct tg_config *settings, struct tg_state *shared,
				    const __u64 *destination)
{
	__u64 address[2] = { destination[0], destination[1] };
	struct tg_slot *slot;
	__u32 number, *present;

	if (!tg_prefix_value(&protect, address))
		return TG_NOT_PROTECTED;
	number = tg_take_slot(settings, shared);
	slot = bpf_map_lookup_elem(&slots, &number);
	if (number == TG_SLOT_OVERFLOW || !slot)
		return TG_SLOT_OVERFLOW;
	if (bpf_map_update_elem(&targets, address, &number, BPF_NOEXIST)) {
		/* Another CPU was first: its slot counts, ours goes back. */
		bpf_map_push_elem(&free_slots, &number, BPF_ANY);
		shared->returned_slots = 1;
		present = bpf_map_lookup_elem(&targets, address);
		return present ? *present : TG_SLOT_OVERFLOW;
	}
	slot->address[0] = address[0];
	slot->address[1] = address[1];
	/* A full barrier: who sees first_ns sees the address. */
	__sync_lock_test_and_set(&slot->first_ns, bpf_ktime_get_ns());
	return number;
}

static __always_inline int tg_target(const struct tg_config *settings, struct tg_state *shared,
				     const struct tg_packet *packet)
{
	__u32 *number = bpf_map_lookup_elem(&targets, packet->destination);

	/* An address that has a slot is protected: user space takes the slot away when a policy no longer says so. */
	return number ? *number : tg_new_target(settings, shared, packet->destination);
}

/* Services that answer a small question with a large reply, and what they are abused as. */
static __always_inline int tg_is_amplifier(__u16 port)
{
	switch (port) {
	case 17: /* qotd */
	case 19: /* chargen */
	case 53: /* dns */
	case 69: /* tftp */
	case 111: /* portmap */
	case 123: /* ntp */
	case 137: /* netbios */
	case 161: /* snmp */
	case 389: /* cldap */
	case 500: /* isakmp */
	case 520: /* rip */
	case 1194: /* openvpn */
	case 1434: /* mssql */
	case 1900: /* ssdp */
	case 3283: /* arms */
	case 3478: /* stun */
	case 3702: /* wsd */
	case 5060: /* sip */
	case 5683: /* coap */
	case 10001: /* ubiquiti */
	case 11211: /* memcached */
	case 32414: /* plex */
	case 37810: /* dvr_dhcp */
	case 47808: /* bacnet */
		return 1;
	default:
		return 0;
	}
}

#define TG_FIN 1
#define TG_SYN 2
#define TG_RST 4
#define TG_ACK 16

static __always_inline void tg_count_tcp(__u64 *counts, __u8 flags)
{
	__u8 kind = flags & (TG_FIN | TG_SYN | TG_RST | TG_ACK);

	if (kind == TG_ACK)
		counts[TG_TCP_ACK]++;
	else if (kind == TG_SYN)
		counts[TG_TCP_SYN]++;
	else if (kind == (TG_SYN | TG_ACK))
		counts[TG_TCP_SYN_ACK]++;
	if (kind & TG_RST)
		counts[TG_TCP_RST]++;
	if (kind & TG_FIN)
		counts[TG_TCP_FIN]++;
	/* A connection starts, ends or breaks, one at a time, and only SYN and RST come without ACK. */
	if (kind == 0 || kind == TG_FIN || (kind & (TG_SYN | TG_FIN)) == (TG_SYN | TG_FIN) ||
	    (kind & (TG_SYN | TG_RST)) == (TG_SYN | TG_RST) || (kind & (TG_RST | TG_FIN)) == (TG_RST | TG_FIN))
		counts[TG_TCP_INVALID]++;
}

static __always_inline void tg_count_udp(__u64 *counts, __u16 source_port, __u32 length)
{
	if (!tg_is_amplifier(source_port))
		return;
	counts[TG_UDP_AMPLIFIER_PACKETS]++;
	counts[TG_UDP_AMPLIFIER_BYTES] += length;
	if (source_port == 53) {
		counts[TG_UDP_DNS_PACKETS]++;
		counts[TG_UDP_DNS_BYTES] += length;
	}
}

static __always_inline void tg_count_protocol(__u64 *counts, const struct tg_packet *packet)
{
	__u32 length = packet->ip_length;

	if (packet->protocol == IPPROTO_TCP) {
		counts[TG_TCP_PACKETS]++;
		counts[TG_TCP_BYTES] += length;
		if (packet->transport_seen)
			tg_count_tcp(counts, packet->tcp_flags);
	} else if (packet->protocol == IPPROTO_UDP) {
		counts[TG_UDP_PACKETS]++;
		counts[TG_UDP_BYTES] += length;
		if (packet->transport_seen)
			tg_count_udp(counts, packet->source_port, length);
	} else if (packet->protocol == (packet->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		counts[TG_ICMP_PACKETS]++;
		counts[TG_ICMP_BYTES] += length;
	} else {
		counts[TG_OTHER_PACKETS]++;
		counts[TG_OTHER_BYTES] += length;
	}
}

static __always_inline void tg_count(const struct tg_config *settings, __u32 slot, const struct tg_packet *packet,
				     int dropped)
{
	__u32 index = bpf_get_smp_processor_id() * settings->rows + slot;
	struct tg_row *row = bpf_map_lookup_elem(&counters, &index);

	if (!row)
		return;
	row->counts[TG_PACKETS]++;
	row->counts[TG_BYTES] += packet->ip_length;
	if (dropped) {
		row->counts[TG_DROPPED_PACKETS]++;
		row->counts[TG_DROPPED_BYTES] += packet->ip_length;
	}
	if (packet->fragment)
		row->counts[TG_FRAGMENTS]++;
	tg_count_protocol(row->counts, packet);
}

#endif
