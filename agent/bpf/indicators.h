/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threat indicators: whether the source is one of a million addresses or a hundred thousand prefixes. The set is a map
 * of 64-byte lines, made by the controller and swapped as a whole; src/indicators of the schemas package describes it
 * and holds the reference.
 *
 * A hit is evidence, and drops only where the policy says so for the feed. Evidence is taken from the packets that are
 * looked at closely, which is every packet of quiet traffic, and weighted by what they stand for: a flood from a
 * million addresses costs no look-up a packet. Entries that drop are asked for with every packet; a bit of a bitmap
 * tells those near which there is none.
 */
#ifndef TG_INDICATORS_H
#define TG_INDICATORS_H

#include "maps.h"
#include "rules.h"
#include "way.h"

enum tg_header { /* words of line 0 */
	TG_V4_COVERED = 5,
	TG_V4_COVERED_DROP,
	TG_V4_EXACT,
	TG_V4_EXACT_LINES,
	TG_V4_BLOCK,
	TG_V4_BLOCK_LINES,
	TG_V6_ROOT,
	TG_V6_ROOT_LINES,
	TG_V6_PREFIX,
	TG_V6_PREFIX_LINES,
};

enum tg_header_more { /* words of line 1 */
	TG_V6_EXACT,
	TG_V6_EXACT_LINES,
	TG_V4_EXACT_DROP,
	TG_V4_BLOCK_DROP,
	TG_V6_PREFIX_DROP,
	TG_V6_EXACT_DROP,
};

#define TG_SEED 3 /* word of line 0 */
#define TG_ROOT_COUNT 1u
#define TG_ROOT_DROP 2u
#define TG_ROOT_EXACT (1u << 24)
#define TG_STRIDE_FIRST 36
#define TG_STRIDES 22

enum tg_found {
	TG_FOUND_NOTHING,
	TG_FOUND_COUNT,
	TG_FOUND_DROP,
};

static __always_inline struct tg_line *tg_line(void *set, __u32 number)
{
	return bpf_map_lookup_elem(set, &number);
}

static __always_inline int tg_bit(void *set, __u32 region, __u32 bit)
{
	struct tg_line *line = tg_line(set, region + (bit >> 9));

	return line && (line->words[(bit >> 5) & 15] >> (bit & 31)) & 1;
}

static __always_inline __u32 tg_mix(__u32 key, __u32 seed)
{
	key = (key ^ seed) * 0x9e3779b1u;
	key ^= key >> 15;
	key *= 0x85ebca6bu;
	return key ^ (key >> 13);
}

static __always_inline __u32 tg_mix_again(__u32 hash)
{
	hash *= 0xc2b2ae35u;
	return hash ^ (hash >> 16);
}

static __always_inline __u32 tg_reduce(__u32 hash, __u32 lines)
{
	return ((__u64)hash * lines) >> 32;
}

struct tg_table {
	__u32 first; /* line */
	__u32 lines;
	__u32 drop; /* first line of the verdicts, 0: all of them count */
	__u32 hash;
};

static __always_inline int tg_verdict_of(void *set, __u32 drop, __u32 lane)
{
	return drop && tg_bit(set, drop, lane) ? TG_FOUND_DROP : TG_FOUND_COUNT;
}

/*
 * Lanes are compared without branches: 1 in bit 63 where the difference is 0. So the processor mispredicts nothing,
 * and the verifier has one path to follow and not one for each lane.
 */
static __always_inline __u64 tg_is_zero(__u64 difference)
{
	return ((difference | -difference) >> 63) ^ 1;
}

/* 16 numbers a line, in one of two lines. */
static __noinline int tg_find_number(void *set, __u32 key, const struct tg_table *table)
{
	__u32 hash = table->hash;

	if (!table->lines)
		return TG_FOUND_NOTHING;
#pragma unroll
	for (int choice = 0; choice < 2; choice++) {
		__u32 bucket = tg_reduce(hash, table->lines), lane = 0;
		struct tg_line *line = tg_line(set, table->first + bucket);
		__u64 any = 0;

		if (!line)
			return TG_FOUND_NOTHING;
#pragma unroll
		for (int number = 0; number < 16; number++)
			any |= (__u64)(line->words[number] ^ key) - 1; /* below 0 only where both are equal */
		if (any >> 63) {
			if (!table->drop)
				return TG_FOUND_COUNT;
#pragma unroll
			for (int number = 0; number < 16; number++)
				lane += number * ((__u32)(((__u64)(line->words[number] ^ key) - 1) >> 63));
			return tg_verdict_of(set, table->drop, bucket * 16 + lane);
		}
		hash = tg_mix_again(hash);
	}
	return TG_FOUND_NOTHING;
}

/* Four addresses a line, in one of two lines. */
static __noinline int tg_find_address(void *set, const __u64 *key, const struct tg_table *table)
{
	__u64 first = key[0], second = key[1];
	__u32 hash = table->hash;

	if (!table->lines)
		return TG_FOUND_NOTHING;
#pragma unroll
	for (int choice = 0; choice < 2; choice++) {
		__u32 bucket = tg_reduce(hash, table->lines), lane = 0;
		struct tg_line *line = tg_line(set, table->first + bucket);
		__u64 *words, any = 0;

		if (!line)
			return TG_FOUND_NOTHING;
		words = (__u64 *)line->words;
#pragma unroll
		for (int number = 0; number < 4; number++) {
			__u64 same = tg_is_zero((words[number * 2] ^ first) | (words[number * 2 + 1] ^ second));

			any |= same;
			lane += number * (__u32)same;
		}
		if (any)
			return tg_verdict_of(set, table->drop, bucket * 4 + lane);
		hash = tg_mix_again(hash);
	}
	return TG_FOUND_NOTHING;
}

static __always_inline int tg_find_ipv4(void *set, const struct tg_line *header, __u32 address)
{
	struct tg_table table = {};
	struct tg_line *more;
	int found = TG_FOUND_NOTHING, finer;

	if (!header->words[TG_V4_COVERED])
		return TG_FOUND_NOTHING;
	if (tg_bit(set, header->words[TG_V4_COVERED], address >> 8)) {
		found = TG_FOUND_COUNT;
		if (header->words[TG_V4_COVERED_DROP] && tg_bit(set, header->words[TG_V4_COVERED_DROP], address >> 8))
			return TG_FOUND_DROP;
	}
	more = tg_line(set, 1);
	if (!more)
		return found;
	table.first = header->words[TG_V4_EXACT];
	table.lines = header->words[TG_V4_EXACT_LINES];
	table.drop = more->words[TG_V4_EXACT_DROP];
	table.hash = tg_mix(address, header->words[TG_SEED]);
	finer = tg_find_number(set, address, &table);
	if (finer > found)
		found = finer;
	if (!header->words[TG_V4_BLOCK_LINES])
		return found;
	table.first = header->words[TG_V4_BLOCK];
	table.lines = header->words[TG_V4_BLOCK_LINES];
	table.drop = more->words[TG_V4_BLOCK_DROP];
	table.hash = tg_mix(address & ~15u, header->words[TG_SEED]);
	finer = tg_find_number(set, address & ~15u, &table);
	return finer > found ? finer : found;
}

/* Each word is mixed before the next one comes: numbers counted up in two of them must not cancel each other out. */
static __always_inline __u32 tg_fold(const __u64 address[2], __u32 seed)
{
	const __u32 *words = (const __u32 *)address;
	__u32 folded = words[0] ^ seed;

#pragma unroll
	for (int word = 1; word < 4; word++)
		folded = ((folded ^ (folded >> 15)) * 0x27d4eb2fu) ^ words[word];
	return folded;
}

/* What lies in the source's /32, as the mask that the root keeps for it. */
static __always_inline __u32 tg_root_of(void *set, const struct tg_line *header, __u32 top)
{
	__u32 hash = tg_mix(top, header->words[TG_SEED]), root = 0;

	if (!header->words[TG_V6_ROOT_LINES])
		return 0;
#pragma unroll
	for (int choice = 0; choice < 2; choice++) {
		__u32 number = header->words[TG_V6_ROOT] + tg_reduce(hash, header->words[TG_V6_ROOT_LINES]);
		struct tg_line *line = tg_line(set, number);

		if (!line)
			return 0;
#pragma unroll
		for (int lane = 0; lane < 8; lane++)
			root |= line->words[lane * 2 + 1] & -(__u32)tg_is_zero(line->words[lane * 2] ^ top);
		if (root)
			return root;
		hash = tg_mix_again(hash);
	}
	return 0;
}

struct tg_strides {
	__u64 source[2];
	void *set;
	struct tg_table table;
	__u32 seed;
	__u32 mask; /* strides still to be tried, from bit 0 on */
	int found;
};

/* One stride; 1 ends the walk. */
static long tg_stride_step(__u32 step, struct tg_strides *walk)
{
	__u64 high = bpf_be64_to_cpu(walk->source[0]), low = bpf_be64_to_cpu(walk->source[1]), key[2];
	__u32 stride = TG_STRIDE_FIRST + 4 * step;
	int found;

	if (!(walk->mask & (1u << (step & 31))))
		return walk->mask >> (step & 31) == 0;
	if (stride <= 64) {
		high &= ~0ULL << ((64 - stride) & 63);
		low = 0;
	} else {
		low &= ~0ULL << ((128 - stride) & 63);
	}
	key[0] = bpf_cpu_to_be64(high);
	key[1] = bpf_cpu_to_be64(low | stride);
	walk->table.hash = tg_mix(tg_fold(key, walk->seed), walk->seed);
	found = tg_find_address(walk->set, key, &walk->table);
	if (found > walk->found)
		walk->found = found;
	return found == TG_FOUND_DROP;
}

static __always_inline int tg_find_ipv6(void *set, const struct tg_line *header, const __u64 source[2])
{
	struct tg_strides walk = {
		.source = { source[0], source[1] }, .set = set, .seed = header->words[TG_SEED]
	};
	__u32 root = tg_root_of(set, header, (__u32)source[0]);
	struct tg_line *more;
	int found;

	if (root & TG_ROOT_DROP)
		return TG_FOUND_DROP;
	walk.found = root & TG_ROOT_COUNT ? TG_FOUND_COUNT : TG_FOUND_NOTHING;
	if (!(root & ~(TG_ROOT_COUNT | TG_ROOT_DROP)))
		return walk.found;
	more = tg_line(set, 1);
	if (!more)
		return walk.found;
	if (root & TG_ROOT_EXACT) {
		walk.table.first = more->words[TG_V6_EXACT];
		walk.table.lines = more->words[TG_V6_EXACT_LINES];
		walk.table.drop = more->words[TG_V6_EXACT_DROP];
		walk.table.hash = tg_mix(tg_fold(walk.source, walk.seed), walk.seed);
		found = tg_find_address(set, walk.source, &walk.table);
		if (found == TG_FOUND_DROP)
			return found;
		if (found > walk.found)
			walk.found = found;
	}
	walk.mask = (root & (TG_ROOT_EXACT - 1)) >> 2;
	if (!walk.mask)
		return walk.found;
	walk.table.first = header->words[TG_V6_PREFIX];
	walk.table.lines = header->words[TG_V6_PREFIX_LINES];
	walk.table.drop = more->words[TG_V6_PREFIX_DROP];
	bpf_loop(TG_STRIDES, tg_stride_step, &walk, 0);
	return walk.found;
}

/*
 * What set number `half` says of a source (two words in memory order). A global function, which the verifier checks
 * once, by itself, and not again for every way in which a packet may come here.
 */
__noinline int tg_find_indicator(__u64 first, __u64 second, __u32 family, __u32 half)
{
	__u64 source[2] = { first, second };
	void *set = bpf_map_lookup_elem(&indicators, &half);
	struct tg_line *header;

	if (!set)
		return TG_FOUND_NOTHING;
	header = tg_line(set, 0);
	if (!header)
		return TG_FOUND_NOTHING;
	if (family == 4)
		return tg_find_ipv4(set, header, bpf_ntohl(second >> 32));
	return tg_find_ipv6(set, header, source);
}

/*
 * Whether there may be an entry that drops near the source. Most sources are done with here, by one bit that costs no call:
 * with "safe return" against speculation a call and its return cost as much as all the rest.
 */
static __always_inline int tg_is_touched(const struct tg_packet *packet, __u32 half)
{
	__u32 bit, index;
	__u64 *word;

	if (packet->family == 4) {
		bit = bpf_ntohl(((const __u32 *)packet->source)[3]) >> 8;
		index = half * TG_TOUCHED_WORDS_IPV4 + (bit >> 6);
		word = bpf_map_lookup_elem(&touched_ipv4, &index);
	} else {
		bit = tg_mix(((const __u32 *)packet->source)[0], 0) & (TG_TOUCHED_WORDS_IPV6 * 64 - 1);
		index = half * TG_TOUCHED_WORDS_IPV6 + (bit >> 6);
		word = bpf_map_lookup_elem(&touched_ipv6, &index);
	}
	return word && (*word >> (bit & 63)) & 1;
}

/* What the set in force says of the packet's source, looked up once. */
static __always_inline int tg_indicator_of(const struct tg_way *way, __u32 half)
{
	const struct tg_packet *packet = way->packet;
	struct tg_decision *decision = way->decision;

	if (decision->indicator_known)
		return decision->indicator;
	decision->indicator_known = 1;
	if (!tg_claims_mapped(packet))
		decision->indicator =
			tg_find_indicator(packet->source[0], packet->source[1], packet->family, half - 1);
	return decision->indicator;
}

/* Drops what an entry says so of. */
static __always_inline void tg_apply_indicators(struct tg_way *way)
{
	__u32 half = *(const volatile __u32 *)&way->settings->indicator_half;

	if (!half || !(way->settings->indicator_drops & half) || !tg_is_touched(way->packet, half - 1))
		return;
	if (tg_indicator_of(way, half) == TG_FOUND_DROP && !tg_is_exempt(way))
		tg_wants_drop(way);
}

/* Whether a packet that is looked at closely is evidence. */
static __always_inline int tg_is_evidence(struct tg_way *way)
{
	__u32 half = *(const volatile __u32 *)&way->settings->indicator_half;

	return half && tg_indicator_of(way, half) != TG_FOUND_NOTHING && !tg_is_exempt(way);
}

#endif
