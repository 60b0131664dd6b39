/** The stage: controller, agent and kernel as in real life, normal traffic, a generator of floods and a probe. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openProbe, startClients, startServer } from '../../testkit/index.ts';
import { createScene, labPolicy } from '../../testkit/scene/index.ts';
import type { Scene } from '../../testkit/scene/index.ts';
import { targets, targetsEach } from './plan.ts';

/** What the victim serves, and what is attacked. */
export const servicePort = 8080;
/** Between two pings, or two connections, to one target; all the traffic that there is between floods, ms. */
const clientsIntervalMs = 300;
/** Long enough for the agent to know quiet traffic of every target. */
const quietMs = 4000;

export interface Stage {
  readonly scene: Scene;
  readonly probe: ReturnType<typeof openProbe>;
  /** Takes everything down, the last first. */
  strike(): Promise<void>;
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
  const scene = await createScene({ label: 'line', spare: targetsEach });
  undo.push(async () => await scene.close());
  // Also a bench that is stopped by a signal leaves nothing; the lab takes its namespaces along, and who is in them.
  process.on('exit', () => {
    rmSync(join('/sys/fs/bpf', scene.instance), { recursive: true, force: true });
    rmSync(scene.directory, { recursive: true, force: true, maxRetries: 5 });
  });
  const { namespaces, interfaceName } = scene.lab;
  const probe = openProbe({ namespace: namespaces.victim, interfaceName });
  undo.push(() => {
    probe.close();
  });
  scene.push(labPolicy({ ttl: '1m', release: '1s' }));
  await scene.startController();
  const agent = await scene.startAgent({ capture: { source: 'xdp' } });
  undo.push(async () => await agent.stop());
  await scene.watching();
  const server = await startServer(namespaces.victim, servicePort);
  undo.push(async () => await server.stop());
  const clients = await startClients({
    namespace: namespaces.net,
    targets: targets.map((address) => ({ address, port: servicePort })),
    intervalMs: clientsIntervalMs,
  });
  undo.push(async () => await clients.stop());
  await new Promise((resolve) => setTimeout(resolve, quietMs));
  return { scene, probe };
}
