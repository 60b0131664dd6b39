/** The stage: a lab, the real controller with its repositories, the real agent, normal traffic, a flood and a probe. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  commitFiles,
  createBareRepository,
  createCertificate,
  createLab,
  labAddresses,
  openProbe,
  startAgent,
  startClients,
  startController,
  startGenerator,
  startServer,
  statusUntil,
} from '../../testkit/index.ts';
import type { RunningAgent } from '../../testkit/index.ts';
import { targets } from './plan.ts';

/** What the victim serves, and what is attacked. */
export const servicePort = 8080;
const controllerPort = 8443;
const label = 'line';
/** Between two pings, or two connections, to one target; all the traffic that there is between floods, ms. */
const clientsIntervalMs = 100;
/** Long enough for the agent to know quiet traffic of every target. */
const quietMs = 4000;

const policy = `
apiVersion: tidegate/v1
kind: NodeGroup
metadata: { name: lab }
spec:
  selector: { role: bench }
  mode: enforce
  interfaces: [eth0]
  protect: [${labAddresses.protect.map((prefix) => JSON.stringify(prefix)).join(', ')}]
---
apiVersion: tidegate/v1
kind: Threshold
metadata: { name: default }
spec:
  groups: [lab]
  floor: { packets: 20kpps, bits: 200Mbps }
---
apiVersion: tidegate/v1
kind: Playbook
metadata: { name: floods }
spec:
  trigger: { families: [syn_flood, udp_flood, '*_amplification'], confidence: 0.8 }
  steps:
    - drop: { ttl: 1m }
  release: { after: 1s }
`;

export interface Stage {
  readonly agent: RunningAgent;
  readonly generator: Awaited<ReturnType<typeof startGenerator>>;
  readonly probe: ReturnType<typeof openProbe>;
  readonly auditRepository: string;
  /** Takes everything down, the last first. */
  strike(): Promise<void>;
}

/** Also a killed bench leaves nothing: what the lab's end does not take along is removed as the process ends. */
function removeAtExit(directory: string, instance: string): () => void {
  const remove = (): void => {
    rmSync(join('/sys/fs/bpf', instance), { recursive: true, force: true });
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  process.on('exit', remove);
  return () => {
    process.off('exit', remove);
    remove();
  };
}

export async function setStage(): Promise<Stage> {
  const undo: (() => unknown)[] = [];
  const strike = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  // With a listener of our own the process ends through `exit`, where everything is removed.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  try {
    return { ...(await build(undo)), strike };
  } catch (error) {
    await strike();
    throw error;
  }
}

async function build(undo: (() => unknown)[]): Promise<Omit<Stage, 'strike'>> {
  const lab = createLab({ label, management: true });
  undo.push(lab.remove);
  const { interfaceName, namespaces } = lab;
  const instance = `tg-${process.pid}-${label}`;
  const directory = mkdtempSync(join(tmpdir(), `${instance}-`));
  undo.push(removeAtExit(directory, instance));
  const probe = openProbe({ namespace: namespaces.victim, interfaceName });
  undo.push(probe.close);
  const auditRepository = join(directory, 'audit.git');
  const agent = await startPrograms({ directory, instance, namespaces, auditRepository }, undo);
  const server = await startServer(namespaces.victim, servicePort);
  undo.push(async () => await server.stop());
  const clients = await startClients({
    namespace: namespaces.net,
    targets: targets.map((address) => ({ address, port: servicePort })),
    intervalMs: clientsIntervalMs,
  });
  undo.push(async () => await clients.stop());
  const generator = await startGenerator({
    namespace: namespaces.net,
    interfaceName,
    destinationMac: lab.victimMac,
  });
  undo.push(generator.close);
  await new Promise((resolve) => setTimeout(resolve, quietMs));
  return { agent, generator, probe, auditRepository };
}

interface Place {
  readonly directory: string;
  readonly instance: string;
  readonly namespaces: { readonly victim: string; readonly controller: string };
  readonly auditRepository: string;
}

/** Controller and agent; resolves when the policy, from git, is in force. */
async function startPrograms(place: Place, undo: (() => unknown)[]): Promise<RunningAgent> {
  const { directory, instance, namespaces, auditRepository } = place;
  const policyRepository = createBareRepository(join(directory, 'policy.git'));
  commitFiles(policyRepository, { 'lab.yaml': policy }, 'Protect the lab');
  const host = labAddresses.management.controller;
  const tls = createCertificate(directory, host);
  const tokenFile = join(directory, 'join-token');
  writeFileSync(tokenFile, 'a-join-token-for-the-bench-only', { mode: 0o600 });
  const joinToken = `file:${tokenFile}`;
  const controller = await startController(
    directory,
    {
      schema: 'tidegate/controller-config/v1',
      stateDir: join(directory, 'controller'),
      listen: { host, port: controllerPort, tls },
      policy: { repository: policyRepository, pollSeconds: 60 },
      audit: { repository: auditRepository },
      joinToken,
    },
    namespaces.controller,
  );
  undo.push(async () => await controller.stop());
  const agent = await startAgent(
    directory,
    {
      schema: 'tidegate/agent-config/v1',
      node: 'victim-1',
      labels: { role: 'bench' },
      instance,
      stateDir: join(directory, 'agent'),
      runDir: join(directory, 'run'),
      controller: { url: controller.url, caFile: tls.certFile, joinToken },
      capture: { source: 'xdp' },
    },
    namespaces.victim,
  );
  undo.push(async () => await agent.stop());
  await statusUntil(agent, ({ heartbeat }) => heartbeat.mode === 'enforce', 15_000);
  return agent;
}
