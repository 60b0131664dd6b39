/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps. Those that user space reads every tick are mapped into it (BPF_F_MMAPABLE), which costs no system call.
 * A per-CPU map cannot be mapped: counters and hits are plain arrays indexed by CPU, and need no atomics, because XDP
 * programs run in softirq (also in generic mode and in a test run, which disables bottom halves) and TC programs with
 * bottom halves disabled, where one CPU runs one of them at a time and never moves it.
 *
 * Sizes marked "set before load" depend on the number of CPUs and of targets.
 */
#ifndef TG_MAPS_H
#define TG_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "structs.h"

#define TG_CACHE_ENTRIES 4096 /* of the cache of targets, per CPU */
#define TG_TOUCHED_WORDS_IPV4 (1 << 18) /* of 64 bits */
#define TG_TOUCHED_WORDS_IPV6 (1 << 16)
#define TG_SKETCH_ROWS 3
#define TG_SKETCH_COLUMNS 1024
#define TG_SEEN_WORDS (1 << 18) /* of 64 bits, in each of two halves: 2 MiB for a million sources */

/* Memory that user space maps. */
#define TG_MAPPED_ARRAY(name, entry_type, entries)                                                                     \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                                      \
		__uint(map_flags, BPF_F_MMAPABLE);                                                                     \
		__uint(max_entries, entries);                                                                          \
		__type(key, __u32);                                                                                    \
		__type(value, entry_type);                                                                             \
	} name SEC(".maps")

#define TG_PREFIX_TRIE(name, value_type, entries)                                                                      \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);                                                                   \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                                                  \
		__uint(max_entries, entries);                                                                          \
		__type(key, struct tg_prefix);                                                                         \
		__type(value, value_type);                                                                             \
	} name SEC(".maps")

TG_MAPPED_ARRAY(config, struct tg_config, 1);
TG_MAPPED_ARRAY(state, struct tg_state, 1);
TG_MAPPED_ARRAY(cpus, struct tg_cpu, 1); /* set before load */

/* Protected prefixes. Each may be carved out of a wider one, and one more entry keeps IPv6 from covering IPv4. */
TG_PREFIX_TRIE(protect, struct tg_protected, TG_PREFIXES_MAX + 1);

/* Sources that no rule touches; value 0 carves a prefix out again. */
TG_PREFIX_TRIE(safelist, __u32, 4097);

/* Address to slot. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set before load */
	__uint(key_size, 16);
	__uint(value_size, sizeof(__u32));
} targets SEC(".maps");

/* Indexed by CPU * TG_CACHE_ENTRIES + a hash of the address. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_CACHE_ENTRIES); /* set before load */
	__type(key, __u32);
	__type(value, struct tg_cached_target);
} target_cache SEC(".maps");

TG_MAPPED_ARRAY(slots, struct tg_slot, 1); /* set before load */

/* Slots that user space gave back. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1); /* set before load */
	__uint(key_size, 0);
	__uint(value_size, sizeof(__u32));
} free_slots SEC(".maps");

/* Indexed by CPU * rows + slot. */
TG_MAPPED_ARRAY(counters, struct tg_row, 1); /* set before load */

/* Rules, and behind them the never-block entries. */
TG_MAPPED_ARRAY(rules, struct tg_rule, 2 * TG_RULES_MAX);

/* Indexed by CPU * 2 * TG_RULES_MAX + rule. */
TG_MAPPED_ARRAY(rule_hits, struct tg_rule_hits, 2 * TG_RULES_MAX); /* set before load */

TG_MAPPED_ARRAY(rule_index, struct tg_index, 1);

TG_MAPPED_ARRAY(profiles, struct tg_profile, TG_PROFILES_MAX);

/* Indexed by slot * TG_CLASSES + class. */
TG_MAPPED_ARRAY(ceilings, struct tg_ceiling, TG_CLASSES); /* set before load */

/* Blocked sources. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(key_size, 16);
	__uint(value_size, sizeof(struct tg_block));
} block SEC(".maps");

TG_PREFIX_TRIE(block_prefixes, struct tg_block, 16384);

/* Indicator sets: each a map of lines. Two places, so that one is made while the other is in force. */
struct tg_indicator_lines {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_line);
} no_indicators SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct tg_indicator_lines);
} indicators SEC(".maps") = { .values = { &no_indicators, &no_indicators } };

/* For each of the two sets, which IPv4 /24 and which IPv6 /32 (by a hash) hold or lie in an entry that drops: a bit each. */
TG_MAPPED_ARRAY(touched_ipv4, __u64, 2 * TG_TOUCHED_WORDS_IPV4);
TG_MAPPED_ARRAY(touched_ipv6, __u64, 2 * TG_TOUCHED_WORDS_IPV6);

/* Indexed by (CPU * 2 + epoch modulo 2) * rows * columns + row * columns + column. */
TG_MAPPED_ARRAY(heavy_hitters, struct tg_heavy, 1); /* set before load */

TG_MAPPED_ARRAY(seen_sources, __u64, 2 * TG_SEEN_WORDS);

TG_MAPPED_ARRAY(forensic, struct tg_forensic_record, 1); /* set before load */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} samples SEC(".maps");

/* What no map mentions reaches BTF, and with it the layout test, only through a variable. */
const volatile struct {
	enum tg_counter counter;
	enum tg_class class;
	enum tg_malformed malformed;
	enum tg_config_flag config_flag;
	enum tg_rule_flag rule_flag;
	enum tg_verdict verdict;
	enum tg_sample_flag sample_flag;
	struct tg_sample sample;
} tg_layout = {};

#endif
