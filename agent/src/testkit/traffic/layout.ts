/** What bpf/testkit/traffic.h says, in TypeScript: sizes and offsets in bytes. A kernel test proves them equal. */

export const trafficStructs = {
  tg_flood: {
    size: 96,
    fields: {
      interface_index: 0,
      network_offset: 4,
      transport_offset: 8,
      is_ipv6: 12,
      is_tcp: 16,
      reserved: 20,
      source: 24,
      source_random: 40,
      source_port: 56,
      destination_port: 60,
      network_sum: 64,
      transport_sum: 68,
      sent: 72,
      first_ns: 80,
      last_ns: 88,
    },
  },
  tg_probe: { size: 32, fields: { packets: 0, bytes: 8, first_ns: 16, last_ns: 24 } },
  tg_probe_bucket: { size: 16, fields: { number: 0, packets: 8 } },
} as const;

/** Source MAC of everything that the generator sends. */
export const attackMac = '02:74:67:00:00:01';
export const probeBuckets = 8192;
export const probeBucketMs = 10;
