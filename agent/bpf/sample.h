/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Samples: few enough to be cheap at any rate, yet every packet of quiet traffic.
 *
 * Time is cut into slices of 2^24 ns (16.8 ms). A slice begins with the probability that would have fitted the slice
 * before, and halves it each time another twelfth of the budget is spent beyond the budget. So the number of samples
 * grows with the logarithm of the flood, from its first packet on. A target's first packets of a window of 2^27 ns
 * (134 ms) are taken with a probability of their own, which halves every four samples, so that a quiet target is
 * known packet by packet also while another one is flooded.
 *
 * The probability is fixed before the packet is looked at and travels with the sample as `rate`: the sum of the rates
 * estimates the packets without bias (Horvitz and Thompson, 1952). Hard limit: two and a half budgets a slice, enough for
 * 20 million packets a second out of the blue; what is beyond, or finds the ring full, is counted as lost, and the
 * estimate is too small by it.
 *
 * Packets that are looked at closely (forensic ring, sources) are chosen in the same way, with a larger budget of
 * their own, and stay in the kernel. Both choices of a packet come from one random number.
 */
#ifndef TG_SAMPLE_H
#define TG_SAMPLE_H

#include "forensic.h"
#include "indicators.h"
#include "maps.h"
#include "parse.h"
#include "sources.h"
#include "way.h"

#define TG_SLICE_SHIFT 24
#define TG_WINDOW_SHIFT 27
#define TG_TARGET_STEP 4
#define TG_SHIFT_MAX 24

/* The shift with which a slice begins, after one that took `weight` packets into account. */
static __always_inline __u32 tg_fitting_shift(__u64 weight, __u32 budget)
{
	__u32 shift = 0;

#pragma unroll
	for (int step = 0; step < TG_SHIFT_MAX; step++)
		if ((weight >> shift) > budget * 3 / 4)
			shift++;
	return shift;
}

/* A global function, which the verifier checks once and by itself; rarely called. */
__noinline int tg_begin_slice(__u32 slice)
{
	__u32 only = 0, before;
	struct tg_config *settings = bpf_map_lookup_elem(&config, &only);
	struct tg_state *shared = bpf_map_lookup_elem(&state, &only);
	int adjoins;

	if (!settings || !shared)
		return 0;
	before = shared->slice;
	adjoins = slice - before == 1;
	/* One CPU wins; the others sample on with the old values for some packets, with the rate they then carry. */
	if (__sync_val_compare_and_swap(&shared->slice, before, slice) != before)
		return 0;
	shared->sample_shift = tg_fitting_shift(adjoins ? shared->sampled_weight : 0, settings->samples_per_slice);
	shared->look_shift = tg_fitting_shift(adjoins ? shared->looked_weight : 0, settings->looks_per_slice);
	shared->sampled_weight = 0;
	shared->sampled = 0;
	shared->looked_weight = 0;
	shared->looked = 0;
	shared->sources_learned = 0;
	return 0;
}

/* What is spent beyond the budget halves the probability, again and again. */
static __always_inline __u32 tg_shift_beyond(__u32 shift, __u32 taken, __u32 budget)
{
	if (taken >= budget)
		shift += 1 + (taken - budget) * 12 / budget;
	return shift > TG_SHIFT_MAX ? TG_SHIFT_MAX : shift;
}

/* The packet is sampled with probability 1 in 2^shift. */
static __always_inline __u32 tg_sample_shift(const struct tg_state *shared, const struct tg_slot *slot, __u32 budget,
					     __u32 window)
{
	__u32 shift = shared->sample_shift, own = 0;

	if (shared->sampled < budget && slot) {
		if (slot->sample_window == window)
			own = slot->sampled_in_window / TG_TARGET_STEP;
		return own < shift ? own : shift;
	}
	return tg_shift_beyond(shift, shared->sampled, budget);
}

static __always_inline void tg_emit(struct tg_way *way, struct tg_state *shared, __u32 rate)
{
	const struct tg_packet *packet = way->packet;
	__u32 length = bpf_xdp_get_buff_len(way->ctx) - packet->ip_offset;
	struct tg_sample *sample = bpf_ringbuf_reserve(&samples, sizeof(*sample), 0);

	if (!sample) {
		__sync_fetch_and_add(&shared->samples_lost, 1);
		return;
	}
	if (length > packet->ip_length)
		length = packet->ip_length;
	if (length > TG_SAMPLE_BYTES)
		length = TG_SAMPLE_BYTES;
	sample->at_ns = bpf_ktime_get_ns();
	sample->slot = way->slot_number;
	sample->ip_length = packet->ip_length;
	sample->rate = rate;
	sample->captured = length;
	sample->flags = (tg_is_evidence(way) ? TG_SAMPLE_INDICATOR : 0) | (way->decision->drop ? TG_SAMPLE_DROPPED : 0);
	length = tg_bounded(length, 1, TG_SAMPLE_BYTES);
	/* No wake-up: user space looks at every tick anyway. */
	if (!length || bpf_xdp_load_bytes(way->ctx, packet->ip_offset, sample->data, length))
		bpf_ringbuf_discard(sample, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_submit(sample, BPF_RB_NO_WAKEUP);
}

static __noinline int tg_sample_packet(struct tg_way *way, struct tg_state *shared, __u32 shift)
{
	__u32 budget = way->settings->samples_per_slice, window = way->now >> TG_WINDOW_SHIFT;
	struct tg_slot *slot = way->slot;

	if (shared->sampled >= budget * 5 / 2) {
		__sync_fetch_and_add(&shared->samples_lost, 1);
		return 0;
	}
	/* Two CPUs may lose an increment here: the probability is then a little higher, and carried as such. */
	slot->sampled_in_window = slot->sample_window == window ? slot->sampled_in_window + 1 : 1;
	slot->sample_window = window;
	__sync_fetch_and_add(&shared->sampled, 1);
	__sync_fetch_and_add(&shared->sampled_weight, 1ULL << shift);
	tg_emit(way, shared, 1u << shift);
	return 0;
}

static __noinline int tg_look_closely(struct tg_way *way, struct tg_state *shared, __u32 shift)
{
	if (shared->looked >= way->settings->looks_per_slice * 5 / 2)
		return 0;
	__sync_fetch_and_add(&shared->looked, 1);
	__sync_fetch_and_add(&shared->looked_weight, 1ULL << shift);
	if (tg_is_evidence(way))
		way->row->counts[TG_INDICATOR_PACKETS] += 1u << shift;
	tg_keep_frame(way, shared, shift);
	tg_weigh(way, 1u << shift);
	tg_recognise(way, shared, 1u << shift);
	return 0;
}

/* xorshift (Marsaglia, 2003), a state per CPU: a fraction of the cost of the kernel's generator. */
static __always_inline __u32 tg_random(struct tg_cpu *own)
{
	__u64 state = own->random;

	if (!state)
		state = ((__u64)bpf_get_prandom_u32() << 32) | bpf_get_prandom_u32() | 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	own->random = state;
	return state >> 20;
}

static __always_inline void tg_observe_packet(struct tg_way *way, struct tg_state *shared)
{
	const struct tg_config *settings = way->settings;
	__u32 slice = way->now >> TG_SLICE_SHIFT, random = 0, sample_shift, look_shift;
	/* Addresses without a slot of their own share one, which is no target. */
	const struct tg_slot *slot = way->slot_number >= settings->first_target ? way->slot : 0;

	if (shared->slice != slice)
		tg_begin_slice(slice);
	sample_shift = tg_sample_shift(shared, slot, settings->samples_per_slice ?: 1, way->now >> TG_WINDOW_SHIFT);
	look_shift = tg_shift_beyond(shared->look_shift, shared->looked, settings->looks_per_slice ?: 1);
	if (sample_shift | look_shift)
		random = tg_random(way->own);
	if (settings->looks_per_slice && !(random & ((1u << look_shift) - 1)))
		tg_look_closely(way, shared, look_shift);
	if (settings->samples_per_slice && !(random & ((1u << sample_shift) - 1)))
		tg_sample_packet(way, shared, sample_shift);
}

#endif
