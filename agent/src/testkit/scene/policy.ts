/** A policy for the lab, as an operator would write it: one group, one threshold, one playbook. */

export interface LabPolicy {
  /** @default enforce */
  readonly mode?: 'observe' | 'enforce';
  /** Of each rule. @default 30s */
  readonly ttl?: string;
  /** @default auto */
  readonly via?: 'auto' | 'xdp' | 'nftables';
  /** Packets/s. @default 20kpps */
  readonly floor?: string;
  /** As in a Threshold. @default none */
  readonly ceiling?: string;
  /** Quiet before an incident ends. @default 500ms */
  readonly release?: string;
  /** Steps after the one that drops. @default none */
  readonly steps?: readonly string[];
  /** Channels that the playbook tells; they are declared elsewhere. @default none */
  readonly notify?: readonly string[];
}

/** YAML with the NodeGroup in its first lines, so that a test can name where it put an error. */
export function labPolicy(options: LabPolicy = {}): string {
  const { mode = 'enforce', ttl = '30s', via = 'auto', release = '500ms' } = options;
  const { floor = '20kpps', ceiling, notify, steps = [] } = options;
  return `apiVersion: tidegate/v1
kind: NodeGroup
metadata: { name: lab }
spec:
  selector: { role: lab }
  mode: ${mode}
  interfaces: [eth0]
  protect: [203.0.113.0/24, 2001:db8:113::/64]
---
apiVersion: tidegate/v1
kind: Threshold
metadata: { name: default }
spec:
  groups: [lab]
  floor: { packets: ${floor} }${ceiling === undefined ? '' : `\n  ceiling: ${ceiling}`}
---
apiVersion: tidegate/v1
kind: Playbook
metadata: { name: floods }
spec:
  trigger: { families: [syn_flood, udp_flood, '*_amplification'], confidence: 0.8 }
  steps:
    - drop: { ttl: ${ttl}, via: ${via} }${steps.map((step) => `\n    - ${step}`).join('')}
  release: { after: ${release} }${notify === undefined ? '' : `\n  notify: [${notify.join(', ')}]`}
`;
}
