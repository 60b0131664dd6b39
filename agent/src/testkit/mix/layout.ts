/** What bpf/testkit/mix.h says, in TypeScript: sizes and offsets in bytes. A kernel test proves them equal. */

export const mixStructs = {
  tg_mix_kind: {
    size: 200,
    fields: {
      start: 0,
      source: 128,
      source_random: 144,
      listed_first: 160,
      listed_count: 164,
      target_first: 168,
      target_count: 172,
      source_port: 176,
      source_ports: 178,
      destination_port: 180,
      destination_ports: 182,
      frame_bytes: 184,
      frame_lengths: 186,
      network_offset: 188,
      transport_offset: 190,
      flags: 192,
      reserved: 196,
    },
  },
  tg_mix_task: { size: 1040, fields: { random: 0, interface_index: 8, reserved: 12, draws: 16 } },
  tg_mix_sent: { size: 16, fields: { packets: 0, bytes: 8 } },
} as const;

export const mixFlag = { ipv6: 1, ports: 2, udp: 4, asItIs: 8 } as const;
export const kindsMax = 64;
/** Weights are parts of it. */
export const mixDraws = 1024;
export const startBytes = 128;
