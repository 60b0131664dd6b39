/**
 * What bpf/structs.h says, in TypeScript: sizes and offsets in bytes, under the names of the C fields. A kernel test
 * proves every entry equal to the BTF of the built object.
 */

export const layoutVersion = 1;
export const rulesMax = 64;
export const sampleBytesMax = 128;
/** 64-bit counters in a row; those behind the last of `counterNames` are unused. */
export const rowCounters = 32;

export const structs = {
  tg_row: { size: 256, fields: { counts: 0 } },
  tg_slot: {
    size: 40,
    fields: { address: 0, rule_mask: 16, first_ns: 24, sample_window: 32, sampled_in_window: 36 },
  },
  tg_config: {
    size: 32,
    fields: {
      layout_version: 0,
      rows: 4,
      cpus: 8,
      samples_per_slice: 12,
      wide_mask: 16,
      safelist_entries: 24,
      reserved: 28,
    },
  },
  tg_state: {
    size: 40,
    fields: {
      next_slot: 0,
      returned_slots: 4,
      slice: 8,
      sample_shift: 12,
      sampled_weight: 16,
      sampled: 24,
      reserved: 28,
      samples_lost: 32,
    },
  },
  tg_rule: {
    size: 112,
    fields: {
      id: 0,
      expires_ns: 8,
      destination: 16,
      destination_mask: 32,
      source: 48,
      source_mask: 64,
      source_port_from: 80,
      source_port_to: 82,
      destination_port_from: 84,
      destination_port_to: 86,
      length_from: 88,
      length_to: 90,
      family: 92,
      protocol: 93,
      tcp_mask: 94,
      tcp_value: 95,
      verdict: 96,
      flags: 97,
      reserved: 98,
      slot: 100,
      reserved2: 104,
    },
  },
  tg_rule_hits: { size: 32, fields: { packets: 0, bytes: 8, burst_first_ns: 16, last_ns: 24 } },
  tg_prefix: { size: 20, fields: { bits: 0, address: 4 } },
  tg_sample: {
    size: 152,
    fields: { at_ns: 0, slot: 8, ip_length: 12, rate: 16, captured: 20, data: 24 },
  },
} as const;

export const ruleFlag = {
  protocol: 1,
  sourcePorts: 2,
  destinationPorts: 4,
  lengths: 8,
  tcpFlags: 16,
} as const;

export const verdictCode = { count: 0, drop: 1 } as const;
