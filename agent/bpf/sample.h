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
 */
#ifndef TG_SAMPLE_H
#define TG_SAMPLE_H

#include "maps.h"
#include "parse.h"

#define TG_SLICE_SHIFT 24
#define TG_WINDOW_SHIFT 27
#define TG_TARGET_STEP 4
#define TG_SAMPLE_SHIFT_MAX 24

static __always_inline void tg_begin_slice(struct tg_state *shared, __u32 slice, __u32 budget)
{
	__u32 before = shared->slice, shift = 0;
	__u64 weight;

	/* One CPU wins; the others sample on with the old values for some packets, with the rate they then carry. */
	if (__sync_val_compare_and_swap(&shared->slice, before, slice) != before)
		return;
	weight = slice - before == 1 ? shared->sampled_weight : 0;
#pragma unroll
	for (int step = 0; step < TG_SAMPLE_SHIFT_MAX; step++)
		if ((weight >> shift) > budget * 3 / 4)
			shift++;
	shared->sample_shift = shift;
	shared->sampled_weight = 0;
	shared->sampled = 0;
}

/* The packet is sampled with probability 1 in 2^shift. */
static __always_inline __u32 tg_sample_shift(const struct tg_state *shared, const struct tg_slot *slot, __u32 budget,
					     __u32 window)
{
	__u32 sampled = shared->sampled, shift = shared->sample_shift, own = 0;

	if (sampled >= budget)
		shift += 1 + (sampled - budget) * 12 / budget;
	else if (slot) {
		if (slot->sample_window == window)
			own = slot->sampled_in_window / TG_TARGET_STEP;
		if (own < shift)
			shift = own;
	}
	return shift > TG_SAMPLE_SHIFT_MAX ? TG_SAMPLE_SHIFT_MAX : shift;
}

static __always_inline void tg_emit(struct xdp_md *ctx, struct tg_state *shared, __u32 slot_number,
				    const struct tg_packet *packet, __u32 rate)
{
	__u32 length = bpf_xdp_get_buff_len(ctx) - packet->ip_offset;
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
	sample->slot = slot_number;
	sample->ip_length = packet->ip_length;
	sample->rate = rate;
	sample->captured = length;
	/* No wake-up: user space looks at every tick anyway. */
	if (length == 0 || bpf_xdp_load_bytes(ctx, packet->ip_offset, sample->data, length))
		bpf_ringbuf_discard(sample, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_submit(sample, BPF_RB_NO_WAKEUP);
}

static __always_inline void tg_sample_packet(struct xdp_md *ctx, const struct tg_config *settings,
					     struct tg_state *shared, __u32 slot_number,
					     const struct tg_packet *packet, __u64 now)
{
	__u32 budget = settings->samples_per_slice, slice = now >> TG_SLICE_SHIFT, window = now >> TG_WINDOW_SHIFT;
	struct tg_slot *slot;
	__u32 shift;

	if (!budget)
		return;
	if (shared->slice != slice)
		tg_begin_slice(shared, slice, budget);
	/* Overflowing addresses share slot 0, which is no target. */
	slot = slot_number ? bpf_map_lookup_elem(&slots, &slot_number) : 0;
	shift = tg_sample_shift(shared, slot, budget, window);
	if (shift && (bpf_get_prandom_u32() & ((1u << shift) - 1)))
		return;
	if (shared->sampled >= budget * 5 / 2) {
		__sync_fetch_and_add(&shared->samples_lost, 1);
		return;
	}
	if (slot) {
		/* Two CPUs may lose an increment here: the probability is then a little higher, and carried as such. */
		slot->sampled_in_window = slot->sample_window == window ? slot->sampled_in_window + 1 : 1;
		slot->sample_window = window;
	}
	__sync_fetch_and_add(&shared->sampled, 1);
	__sync_fetch_and_add(&shared->sampled_weight, 1ULL << shift);
	tg_emit(ctx, shared, slot_number, packet, 1u << shift);
}

#endif
