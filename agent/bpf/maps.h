/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps. Those that user space reads every tick are mapped into it (BPF_F_MMAPABLE), which costs no system call.
 * A per-CPU map cannot be mapped: counters and hits are plain arrays indexed by CPU, and need no atomics, because XDP
 * programs run in softirq (also in generic mode and in a test run, which disables bottom halves), where one CPU runs
 * one of them at a time and never moves it.
 *
 * Sizes marked "set before load" depend on the number of CPUs and of targets.
 */
#ifndef TG_MAPS_H
#define TG_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "structs.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_config);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_state);
} state SEC(".maps");

/* Protected prefixes; value 0 carves a prefix out again. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, struct tg_prefix);
	__type(value, __u32);
} protect SEC(".maps");

/* Sources that no rule touches; value 0 carves a prefix out again. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, struct tg_prefix);
	__type(value, __u32);
} safelist SEC(".maps");

/* Address to slot. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set before load */
	__uint(key_size, 16);
	__uint(value_size, sizeof(__u32));
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, struct tg_slot);
} slots SEC(".maps");

/* Slots that user space gave back. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1); /* set before load */
	__uint(key_size, 0);
	__uint(value_size, sizeof(__u32));
} free_slots SEC(".maps");

/* Indexed by CPU * rows + slot. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before load */
	__type(key, __u32);
	__type(value, struct tg_row);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TG_RULES_MAX);
	__type(key, __u32);
	__type(value, struct tg_rule);
} rules SEC(".maps");

/* Indexed by CPU * TG_RULES_MAX + rule. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TG_RULES_MAX); /* set before load */
	__type(key, __u32);
	__type(value, struct tg_rule_hits);
} rule_hits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} samples SEC(".maps");

/* What no map mentions reaches BTF, and with it the layout test, only through a variable. */
const volatile struct {
	enum tg_counter counter;
	enum tg_rule_flag rule_flag;
	enum tg_verdict verdict;
	struct tg_sample sample;
} tg_layout = {};

#endif
