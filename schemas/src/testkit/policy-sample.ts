/** A policy in order, and ways to break it: what the tests of the policy language begin with. */
import type { Finding } from '../shapes/index.ts';
import { checkPolicy } from '../policy/check.ts';
import type { PolicyDocument } from '../policy/document.ts';
import { parsePolicy } from '../policy/parse.ts';

export const samplePolicy = `apiVersion: tidegate/v1
kind: NodeGroup
metadata: { name: game-eu }
spec:
  selector: { role: game, region: eu }
  mode: enforce
  interfaces: [eth0]
  linkCapacity: 10Gbps
  protect: [203.0.113.0/24, 2001:db8:10::/48]
  safelist: [198.51.100.7/32]
---
apiVersion: tidegate/v1
kind: Threshold
metadata: { name: default }
spec:
  groups: [game-eu]
  floor: { packets: 20kpps, bits: 200Mbps }
  hold: 1s
---
apiVersion: tidegate/v1
kind: Playbook
metadata: { name: floods }
spec:
  trigger: { families: [syn_flood, "*_amplification"], confidence: 0.8 }
  steps:
    - drop: { ttl: 10m }
  release: { after: 2m }
---
apiVersion: tidegate/v1
kind: PolicyTest
metadata: { name: launch-day }
spec:
  given: { recording: recordings/launch-day.ndjson, group: game-eu }
  never: [drop]
`;

/** The sample with one passage replaced; the passage has to be there. */
export function sampleWith(passage: string, replacement: string, text = samplePolicy): string {
  if (!text.includes(passage)) throw new Error(`The sample has no passage "${passage}".`);
  return text.replace(passage, () => replacement);
}

export const documentsOf = (...texts: string[]): readonly PolicyDocument[] =>
  parsePolicy(texts.map((text, index) => ({ path: `policy/${index}.yaml`, text }))).documents;

/** Everything that is found in one file, by parser and rules. */
export function findingsOf(text: string): Finding[] {
  const { documents, findings } = parsePolicy([{ path: 'policy/game.yaml', text }]);
  return [...findings, ...checkPolicy(documents)];
}

/** `line:column rule path → suggestion` of each finding. */
export const summary = (findings: readonly Finding[]): string[] =>
  findings.map(
    ({ line, column, rule, path, suggestion }) =>
      `${line}:${column} ${rule} ${path} → ${suggestion ?? 'nothing'}`,
  );
