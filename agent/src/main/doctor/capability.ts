/** The capabilities that the agent needs (capabilities(7)). */
import type { AgentSettings } from '../config.ts';

const bits = {
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_ADMIN: 21,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
} as const;
type Capability = keyof typeof bits;

/** What CAP_SYS_ADMIN stands in for since before these existed. */
const withinSysAdmin: readonly Capability[] = ['CAP_BPF', 'CAP_PERFMON'];

const all: readonly Capability[] = ['CAP_NET_ADMIN', 'CAP_BPF', 'CAP_PERFMON', 'CAP_NET_RAW'];
const needed: Readonly<Record<AgentSettings['capture']['source'], readonly Capability[]>> = {
  auto: all,
  xdp: all,
  pcap: ['CAP_NET_ADMIN', 'CAP_NET_RAW'],
};

const has = (effective: bigint, bit: number): boolean => ((effective >> BigInt(bit)) & 1n) === 1n;

export const hasCapability = (effective: bigint, name: Capability): boolean =>
  has(effective, bits[name]) || (withinSysAdmin.includes(name) && has(effective, bits.CAP_SYS_ADMIN));

export const capabilityNames = (source: AgentSettings['capture']['source']): readonly Capability[] =>
  needed[source];

export const missingCapabilities = (
  effective: bigint,
  source: AgentSettings['capture']['source'],
): readonly Capability[] => needed[source].filter((name) => !hasCapability(effective, name));

/** What loading and attaching the XDP program takes. */
export const mayLoad = (effective: bigint): boolean =>
  (['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON'] as const).every((name) => hasCapability(effective, name));
