/**
 * Flows that nothing of ours drops, within a rate: what this server cannot be reached or steered without. Flow tuples,
 * never bare source addresses (in a DNS amplification the resolvers *are* the sources), and above its rate a flow is
 * treated like any other: whoever forges it gains no more than that.
 *
 * Promises: at most 64; replacing them leaves those that stay in force without a gap.
 */
import { TidegateError, type TrafficMatch } from '@tidegate/schemas';
import {
  encodeLimit,
  ruleFlag,
  rulesMax,
  structs,
  verdictCode,
  type Datapath,
} from '../../kernel/xdp/index.ts';
import { encodeRules } from './encode.ts';
import { indexRule } from './rule-index.ts';

export interface KeptFlow {
  /** For people, such as `controller` or `bgp 192.0.2.1`. */
  readonly name: string;
  readonly match: Pick<
    TrafficMatch,
    'destination' | 'source' | 'protocol' | 'sourcePorts' | 'destinationPorts'
  >;
  /** Only on this interface. @default every one */
  readonly interfaceIndex?: number;
  /** @default 20000 */
  readonly packetsPerSecondMax?: number;
}

export interface NeverBlock {
  /** Makes exactly these flows exempt. Throws TG2003 where they do not fit, and has then changed nothing. */
  set(flows: readonly KeptFlow[]): void;
  /** Packets of each flow that were kept from a drop, and those above its rate that were not. */
  hits(): { readonly name: string; readonly packets: number; readonly overRate: number }[];
}

const { size, fields } = structs.tg_rule;
const hit = structs.tg_rule_hits;
const rateDefault = 20_000;
const forever = 0xffff_ffff_ffff_ffffn;

export function createNeverBlock(datapath: Datapath): NeverBlock {
  const { rules, config, index, hits } = datapath.maps;
  const maskAt = structs.tg_config.fields.keep_mask / 8;
  let names: readonly string[] = [];
  const place = (number: number, encoded: Uint8Array | null): void => {
    const at = (rulesMax + number) * size;
    const present = rules.bytes.subarray(at, at + size);
    if (encoded !== null && isSame(present, encoded)) return;
    Atomics.and(config.u64, maskAt, ~(1n << BigInt(number)));
    present.fill(0);
    if (encoded === null) return;
    present.set(encoded);
    indexRule(index, encoded, number, 'keeps');
    for (let cpu = 0; cpu < datapath.cpus; cpu++) {
      const first = ((cpu * 2 + 1) * rulesMax + number) * hit.size;
      hits.bytes.fill(0, first, first + hit.size);
    }
    Atomics.or(config.u64, maskAt, 1n << BigInt(number));
  };
  return {
    set: (flows) => {
      const encoded = flows.flatMap((flow) => encodeFlow(flow).map((bytes) => ({ name: flow.name, bytes })));
      if (encoded.length > rulesMax)
        throw new TidegateError(
          'TG2003',
          `The never-block set takes ${encoded.length} entries; there are ${rulesMax}.`,
        );
      names = encoded.map(({ name }) => name);
      for (let number = 0; number < rulesMax; number++) place(number, encoded[number]?.bytes ?? null);
    },
    hits: () =>
      names.map((name, number) => {
        let [packets, overRate] = [0n, 0n];
        for (let cpu = 0; cpu < datapath.cpus; cpu++) {
          const at = (((cpu * 2 + 1) * rulesMax + number) * hit.size) / 8;
          packets += hits.u64[at + hit.fields.packets / 8]!;
          overRate += hits.u64[at + hit.fields.dropped / 8]!;
        }
        return { name, packets: Number(packets - overRate), overRate: Number(overRate) };
      }),
  };
}

function encodeFlow({ match, interfaceIndex, packetsPerSecondMax = rateDefault }: KeptFlow): Uint8Array[] {
  const encoded = encodeRules({ id: 'mit-0000000000000001', match, ttlMs: 1, verdict: 'count' });
  for (const bytes of encoded) {
    const view = new DataView(bytes.buffer);
    view.setBigUint64(fields.expires_ns, forever, true);
    view.setUint8(fields.verdict, verdictCode.keep);
    bytes.set(encodeLimit({ perSecond: packetsPerSecondMax, unit: 'packets' }), fields.limit);
    if (interfaceIndex === undefined) continue;
    view.setUint16(fields.flags, view.getUint16(fields.flags, true) | ruleFlag.interface, true);
    view.setUint32(fields.interface, interfaceIndex, true);
  }
  return encoded;
}

/** But for the bucket's clock, which the kernel moves. */
function isSame(present: Uint8Array, wanted: Uint8Array): boolean {
  const clock = [fields.limit_ns, fields.limit_ns + 8] as const;
  return wanted.every((byte, at) => (at >= clock[0] && at < clock[1]) || present[at] === byte);
}
