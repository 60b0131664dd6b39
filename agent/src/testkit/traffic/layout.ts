/** What bpf/testkit/traffic.h says, in TypeScript: sizes and offsets in bytes. A kernel test proves them equal. */

export const trafficStructs = {
  tg_flood: {
    size: 224,
    fields: {
      interface_index: 0,
      network_offset: 4,
      transport_offset: 8,
      is_ipv6: 12,
      is_tcp: 16,
      frame_bytes: 20,
      source: 24,
      source_random: 40,
      source_port: 56,
      destination_port: 60,
      network_sum: 64,
      transport_sum: 68,
      start: 72,
      sent: 200,
      first_ns: 208,
      last_ns: 216,
    },
  },
  tg_probe: { size: 32, fields: { packets: 0, bytes: 8, first_ns: 16, last_ns: 24 } },
  tg_probe_bucket: { size: 16, fields: { number: 0, packets: 8 } },
} as const;

/** What of a frame is written anew each time. */
export const startBytes = 128;
/** Source MAC of everything that the generator sends. */
export const attackMac = '02:74:67:00:00:01';
export const probeBuckets = 8192;
export const probeBucketMs = 10;
