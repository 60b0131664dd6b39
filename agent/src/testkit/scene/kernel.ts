/** What the kernel has of an agent, read past the agent: through pins and the commands that any operator has. */
import { existsSync, readdirSync } from 'node:fs';
import { ruleId } from '../../actions/xdp/encode.ts';
import { readListing } from '../../actions/nftables/listing.ts';
import { libbpf } from '../../kernel/libbpf.ts';
import { closeFd, mapFd } from '../../kernel/libc.ts';
import { openPinFolder, type PinFolder } from '../../kernel/pins.ts';
import { rulesMax, structs, verdictCode } from '../../kernel/xdp/index.ts';
import type { Lab } from '../netns.ts';

/** A rule in force. */
export interface KernelRule {
  readonly id: string;
  readonly backend: 'xdp' | 'nftables';
  readonly verdict: 'drop' | 'count';
  readonly packets: number;
  readonly expiresInMs: number;
}

const rule = structs.tg_rule;
const hits = structs.tg_rule_hits;

/** Rules whose TTL is not over. */
export const rulesInKernel = (lab: Lab, instance: string): KernelRule[] => [
  ...xdpRules(instance),
  ...nftablesRules(lab, instance),
];

/** What is left of an instance in the kernel; empty where it left nothing. */
export function tracesInKernel(lab: Lab, instance: string): string[] {
  const { namespaces, interfaceName, run } = lab;
  const [link] = JSON.parse(run(namespaces.victim, 'ip', '-j', 'link', 'show', interfaceName)) as readonly {
    readonly xdp?: { readonly mode: number };
  }[];
  return [
    ...(existsSync(pinsOf(instance)) ? [`pins: ${readdirSync(pinsOf(instance)).join(', ')}`] : []),
    ...(link?.xdp === undefined ? [] : [`an XDP program on ${interfaceName}`]),
    ...(hasTable(lab, instance) ? [`the nftables table inet ${instance}`] : []),
  ];
}

const pinsOf = (instance: string): string => `/sys/fs/bpf/${instance}`;

function xdpRules(instance: string): KernelRule[] {
  // Opening the folder would make it.
  if (!existsSync(pinsOf(instance))) return [];
  const pins = openPinFolder(instance);
  const cpus = libbpf().possibleCpus();
  return readPinned(pins, 'rules', rulesMax * rule.size, (rules) =>
    readPinned(pins, 'rule_hits', rulesMax * cpus * hits.size, (counters) => {
      const now = process.hrtime.bigint();
      const found = new Map<string, KernelRule>();
      for (let index = 0; index < rulesMax; index++) {
        const at = index * rule.size;
        const expiresNs = rules.getBigUint64(at + rule.fields.expires_ns, true);
        const id = ruleId(rules.getBigUint64(at + rule.fields.id, true));
        if (expiresNs <= now) continue;
        let packets = found.get(id)?.packets ?? 0;
        for (let cpu = 0; cpu < cpus; cpu++) {
          const row = (cpu * rulesMax + index) * hits.size;
          packets += Number(counters.getBigUint64(row + hits.fields.packets, true));
        }
        const isDrop = rules.getUint8(at + rule.fields.verdict) === verdictCode.drop;
        const expiresInMs = Number(expiresNs - now) / 1e6;
        found.set(id, { id, backend: 'xdp', verdict: isDrop ? 'drop' : 'count', packets, expiresInMs });
      }
      return [...found.values()];
    }),
  );
}

function readPinned<T>(pins: PinFolder, name: string, bytes: number, read: (view: DataView) => T): T {
  const fd = pins.open(name);
  if (fd === null) throw new Error(`${name} is not pinned`);
  const mapping = mapFd(fd, bytes, { writable: false });
  closeFd(fd);
  try {
    return read(new DataView(mapping.buffer));
  } finally {
    mapping.release();
  }
}

const hasTable = ({ run, namespaces }: Lab, instance: string): boolean =>
  run(namespaces.victim, 'nft', 'list', 'tables').split('\n').includes(`table inet ${instance}`);

function nftablesRules(lab: Lab, instance: string): KernelRule[] {
  if (!hasTable(lab, instance)) return [];
  const listing = readListing(lab.run(lab.namespaces.victim, 'nft', '-j', 'list', 'table', 'inet', instance));
  if (listing.kind !== 'ours') throw new Error(`the table inet ${instance} is ${listing.kind}`);
  return listing.rules.flatMap(({ id, verdict, packets, expiresInMs }) =>
    expiresInMs === null ? [] : [{ id, backend: 'nftables', verdict, packets: Number(packets), expiresInMs }],
  );
}
