/**
 * What bpf/structs.h says, in TypeScript: sizes and offsets in bytes, under the names of the C fields. A kernel test
 * proves every entry equal to the BTF of the built object.
 */

export const layoutVersion = 2;
/** Rules; as many never-block entries lie behind them in the same table. */
export const rulesMax = 64;
export const sampleBytesMax = 128;
export const payloadBytesMax = 16;
export const prefixesMax = 1024;
export const profilesMax = 257;
export const cacheEntries = 4096;
export const sketchRows = 3;
export const sketchColumns = 1024;
/** 64-bit words of the bitmaps of one set of indicators. */
export const touchedWords = { ipv4: 1 << 18, ipv6: 1 << 16 } as const;
/** 64-bit words of one half of the filter of known sources. */
export const seenWords = 1 << 18;
/** 64-bit counters in a row. */
export const rowCounters = 64;

export const structs = {
  tg_row: { size: 640, fields: { counts: 0, held: 512, marked: 576 } },
  tg_slot: {
    size: 48,
    fields: {
      address: 0,
      rule_mask: 16,
      first_ns: 24,
      sample_window: 32,
      sampled_in_window: 36,
      prefix_slot: 40,
      profile: 44,
      held_classes: 46,
      marked_classes: 47,
    },
  },
  tg_limit: { size: 16, fields: { batch: 0, batch_ns: 4, burst_ns: 8, in_bytes: 12 } },
  tg_profile: { size: 136, fields: { limits: 0, classes: 128, reserved: 132 } },
  tg_ceiling: {
    size: 64,
    fields: { held_ns: 0, marked_ns: 8, own_until_ns: 16, mark_until_ns: 24, own: 32, mark: 48 },
  },
  tg_config: {
    size: 80,
    fields: {
      layout_version: 0,
      rows: 4,
      cpus: 8,
      first_target: 12,
      wide_mask: 16,
      keep_mask: 24,
      flags: 32,
      samples_per_slice: 36,
      looks_per_slice: 40,
      forensic_records: 44,
      safelist_entries: 48,
      block_entries: 52,
      block_prefix_entries: 56,
      target_generation: 60,
      indicator_half: 64,
      indicator_drops: 68,
      seen_half: 72,
      reserved: 76,
    },
  },
  tg_state: {
    size: 72,
    fields: {
      next_slot: 0,
      returned_slots: 4,
      slice: 8,
      sample_shift: 12,
      sampled_weight: 16,
      looked_weight: 24,
      sampled: 32,
      looked: 36,
      look_shift: 40,
      sources_learned: 44,
      samples_lost: 48,
      forensic_next: 56,
      sources_known: 64,
    },
  },
  tg_cpu: {
    size: 256,
    fields: { jiffies: 0, now_ns: 8, random: 16, malformed: 24, packet: 120, decision: 184 },
  },
  tg_purse: { size: 8, fields: { tokens: 0, dry: 4 } },
  tg_rule: {
    size: 168,
    fields: {
      id: 0,
      expires_ns: 8,
      destination: 16,
      destination_mask: 32,
      source: 48,
      source_mask: 64,
      payload: 80,
      payload_mask: 96,
      limit_ns: 112,
      limit: 120,
      source_port_from: 136,
      source_port_to: 138,
      destination_port_from: 140,
      destination_port_to: 142,
      length_from: 144,
      length_to: 146,
      flags: 148,
      payload_offset: 150,
      family: 152,
      protocol: 153,
      tcp_mask: 154,
      tcp_value: 155,
      hop_limit_from: 156,
      hop_limit_to: 157,
      payload_length: 158,
      verdict: 159,
      interface: 160,
      slot: 164,
    },
  },
  tg_rule_hits: {
    size: 64,
    fields: {
      packets: 0,
      bytes: 8,
      dropped: 16,
      burst_first_ns: 24,
      last_ns: 32,
      purse: 40,
      cookie_checked: 48,
      cookie_ready: 52,
      cookies: 56,
    },
  },
  tg_index_entry: { size: 16, fields: { rules: 0, keeps: 8 } },
  tg_index: {
    size: 41472,
    fields: {
      protocol: 0,
      source_port_high: 4096,
      source_port_low: 8192,
      destination_port_high: 12288,
      destination_port_low: 16384,
      length_high: 20480,
      length_low: 24576,
      tcp_flags: 28672,
      source_first: 32768,
      source_second: 36864,
      safe_first: 40960,
      safe_second: 41216,
    },
  },
  tg_prefix: { size: 20, fields: { bits: 0, address: 4 } },
  tg_protected: { size: 8, fields: { slot: 0, profile: 4 } },
  tg_block: { size: 16, fields: { expires_ns: 0, verdict: 8, reserved: 12 } },
  tg_line: { size: 64, fields: { words: 0 } },
  tg_cached_target: { size: 32, fields: { address: 0, slot: 16, generation: 20, reserved: 24 } },
  tg_heavy: { size: 40, fields: { source: 0, slot: 16, epoch: 20, total: 24, votes: 32 } },
  tg_sample: {
    size: 152,
    fields: { at_ns: 0, slot: 8, ip_length: 12, rate: 16, captured: 20, flags: 22, data: 24 },
  },
  tg_forensic_record: {
    size: 144,
    fields: { at_ns: 0, frame_bytes: 8, interface: 12, captured: 14, rate_shift: 15, data: 16 },
  },
} as const;

/** Index of each counter of the kernel's row. `tcpKinds` is the first of 16, `ceilingHeld` and `ceilingMarked` of 8. */
export const rowCounter = {
  packets: 0,
  bytes: 1,
  tcpPackets: 2,
  tcpBytes: 3,
  udpPackets: 4,
  udpBytes: 5,
  icmpPackets: 6,
  icmpBytes: 7,
  tcpKinds: 8,
  udpAmplifierPackets: 24,
  udpAmplifierBytes: 25,
  udpDnsPackets: 26,
  udpDnsBytes: 27,
  otherPackets: 28,
  otherBytes: 29,
  fragments: 30,
  icmpEchoRequests: 31,
  icmpEchoReplies: 32,
  icmpUnreachable: 33,
  grePackets: 34,
  espPackets: 35,
  outPackets: 36,
  outBytes: 37,
  outTcpSynAck: 38,
  outTcpRst: 39,
  outIcmpUnreachable: 40,
  droppedPackets: 41,
  droppedBytes: 42,
  wouldDropPackets: 43,
  blockedPackets: 44,
  indicatorPackets: 45,
  sourcesSampled: 46,
  sourcesNew: 47,
  ceilingHeld: 48,
  ceilingMarked: 56,
} as const;

/** Classes that a ceiling may be about, in the order of `enum tg_class`. */
export const ceilingClasses = [
  'packets',
  'bytes',
  'tcpSyn',
  'tcp',
  'udp',
  'icmp',
  'fragment',
  'other',
] as const;
export type CeilingClass = (typeof ceilingClasses)[number];

/** Why a frame is no sound packet, in the order of `enum tg_malformed`. */
export const malformedKinds = [
  'ethernet',
  'vlan',
  'ipv4Header',
  'ipv4Length',
  'ipv6Header',
  'ipv6Length',
  'ipv6Extensions',
  'tcp',
  'udp',
  'icmp',
  'fragment',
  'tunnel',
] as const;
export type MalformedKind = (typeof malformedKinds)[number];

export const configFlag = {
  observe: 1,
  decapsulateGre: 2,
  decapsulateIp: 4,
  learnSources: 8,
  forensicFrozen: 16,
} as const;

export const ruleFlag = {
  protocol: 1,
  sourcePorts: 2,
  destinationPorts: 4,
  lengths: 8,
  tcpFlags: 16,
  hopLimits: 32,
  fragment: 64,
  noFragment: 128,
  payload: 256,
  interface: 512,
} as const;

export const verdictCode = { count: 0, drop: 1, limit: 2, synproxy: 3, keep: 4 } as const;

export const sampleFlag = { indicator: 1, dropped: 2 } as const;
