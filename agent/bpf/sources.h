/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sources: who sends the most to whom, and how many were never seen before. Both look only at packets that the
 * sampler chose, weighted by what they stand for, so a flood costs no more than quiet traffic.
 *
 * Heavy hitters: each of three rows holds a candidate by majority vote (MV-Sketch, Tang, Huang and Lee, INFOCOM
 * 2019). Spoofed sources vote each other out, so memory is bounded and a real heavy source stays. One sketch per CPU
 * and second; user space reads the second that is over.
 *
 * Known sources: a Bloom filter with two hash functions, in two halves, the older of which user space clears when the
 * younger is full. Few sources become known per slice, so that a flood does not teach its sources before it is noticed.
 */
#ifndef TG_SOURCES_H
#define TG_SOURCES_H

#include "maps.h"
#include "way.h"

#define TG_EPOCH_SHIFT 30 /* 1.07 s */
#define TG_LEARNED_PER_SLICE 512
#define TG_SEEN_BITS_SHIFT 24 /* bits of one half */

static __always_inline __u64 tg_hash_source(const __u64 source[2], __u64 more)
{
	__u64 hash = (source[0] + more * 0x9e3779b97f4a7c15ULL) ^ (source[1] * 0xc2b2ae3d27d4eb4fULL);

	hash ^= hash >> 32;
	hash *= 0xff51afd7ed558ccdULL;
	return hash ^ (hash >> 29);
}

static __always_inline void tg_vote(struct tg_heavy *bucket, const __u64 source[2], __u32 slot, __u32 epoch,
				    __u32 weight)
{
	if (bucket->epoch != epoch) {
		bucket->epoch = epoch;
		bucket->total = 0;
		bucket->votes = 0;
	}
	bucket->total += weight;
	if (bucket->votes && bucket->source[0] == source[0] && bucket->source[1] == source[1] && bucket->slot == slot) {
		bucket->votes += weight;
		return;
	}
	bucket->votes -= weight;
	if (bucket->votes > 0)
		return;
	bucket->votes = -bucket->votes;
	bucket->source[0] = source[0];
	bucket->source[1] = source[1];
	bucket->slot = slot;
}

static __always_inline void tg_weigh(const struct tg_way *way, __u32 weight)
{
	const __u64 *source = way->packet->source;
	__u32 epoch = way->now >> TG_EPOCH_SHIFT;
	__u64 hash = tg_hash_source(source, way->slot_number);
	__u32 first = (way->cpu * 2 + (epoch & 1)) * (TG_SKETCH_ROWS * TG_SKETCH_COLUMNS);

#pragma unroll
	for (int row = 0; row < TG_SKETCH_ROWS; row++) {
		__u32 index = first + row * TG_SKETCH_COLUMNS + ((hash >> (row * 20)) & (TG_SKETCH_COLUMNS - 1));
		struct tg_heavy *bucket = bpf_map_lookup_elem(&heavy_hitters, &index);

		if (bucket)
			tg_vote(bucket, source, way->slot_number, epoch, weight);
	}
}

static __always_inline int tg_seen_bit(__u32 half, __u32 bit)
{
	__u32 index = half * TG_SEEN_WORDS + (bit >> 6);
	__u64 *word = bpf_map_lookup_elem(&seen_sources, &index);

	return word && (*word >> (bit & 63)) & 1;
}

static __always_inline void tg_set_seen_bit(__u32 half, __u32 bit)
{
	__u32 index = half * TG_SEEN_WORDS + (bit >> 6);
	__u64 *word = bpf_map_lookup_elem(&seen_sources, &index);

	if (word)
		__sync_fetch_and_or(word, 1ULL << (bit & 63));
}

static __always_inline void tg_recognise(const struct tg_way *way, struct tg_state *shared, __u32 weight)
{
	__u64 hash = tg_hash_source(way->packet->source, 0x5eed);
	__u32 one = hash & ((1u << TG_SEEN_BITS_SHIFT) - 1), two = (hash >> 32) & ((1u << TG_SEEN_BITS_SHIFT) - 1);
	__u32 half = way->settings->seen_half & 1;
	int young = tg_seen_bit(half, one) && tg_seen_bit(half, two);

	way->row->counts[TG_SOURCES_SAMPLED] += weight;
	if (young)
		return;
	if (!tg_seen_bit(1 - half, one) || !tg_seen_bit(1 - half, two))
		way->row->counts[TG_SOURCES_NEW] += weight;
	if (!(way->settings->flags & TG_LEARN_SOURCES) || shared->sources_learned >= TG_LEARNED_PER_SLICE)
		return;
	__sync_fetch_and_add(&shared->sources_learned, 1);
	__sync_fetch_and_add(&shared->sources_known, 1);
	tg_set_seen_bit(half, one);
	tg_set_seen_bit(half, two);
}

#endif
