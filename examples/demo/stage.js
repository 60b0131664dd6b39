// Sets the stage in kernel mode: namespaces, repositories, certificate, controller, agent, server and clients.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  commitFiles,
  createBareRepository,
  createCertificate,
  createLab,
  labAddresses,
  openProbe,
  startAgent,
  startController,
  startGenerator,
  startServer,
  statusUntil,
} from '@tidegate/agent/testkit';

export const port = 8080;
const controllerPort = 8443;
const policyFile = new URL('policy/lab.yaml', import.meta.url);

/** @param {string} directory a new, empty folder for everything that is written */
export async function setStage(directory, say) {
  /** @type {(() => unknown)[]} */
  const undo = [];
  const strike = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    return { ...(await build(directory, say, undo)), strike };
  } catch (error) {
    await strike();
    throw error;
  }
}

async function build(directory, say, undo) {
  const lab = createLab({ label: 'demo', management: true });
  undo.push(() => lab.remove());
  const probe = openProbe({ namespace: lab.namespaces.victim, interfaceName: lab.interfaceName });
  undo.push(() => probe.close());
  const { net, victim } = lab.namespaces;
  say(`attacker and clients in ${net}, the victim in ${victim}`);

  const policyRepository = createBareRepository(join(directory, 'policy.git'));
  const auditRepository = join(directory, 'audit.git');
  const text = readFileSync(policyFile, 'utf8');
  const commit = commitFiles(policyRepository, { 'lab.yaml': text }, 'Protect the lab');
  say(`policy.git at ${commit.slice(0, 10)}: floor 20 kpps, drop for a minute, release after 2 s of quiet`);

  const { certFile, keyFile } = createCertificate(directory, labAddresses.management.controller);
  const tokenFile = join(directory, 'join-token');
  writeFileSync(tokenFile, 'a-join-token-for-the-demo-only', { mode: 0o600 });
  const launchController = () =>
    startController(
      directory,
      {
        schema: 'tidegate/controller-config/v1',
        stateDir: join(directory, 'controller'),
        listen: {
          host: labAddresses.management.controller,
          port: controllerPort,
          tls: { certFile, keyFile },
        },
        policy: { repository: policyRepository, pollSeconds: 0.5 },
        audit: { repository: auditRepository, flushMs: 100 },
        joinToken: `file:${tokenFile}`,
      },
      lab.namespaces.controller,
    );
  const controller = { running: await launchController() };
  undo.push(() => controller.running.stop());
  say(`controller at ${controller.running.url}`);

  const agent = await startAgent(
    directory,
    {
      schema: 'tidegate/agent-config/v1',
      node: 'victim-1',
      labels: { role: 'demo' },
      instance: `tg-${process.pid}-demo`,
      stateDir: join(directory, 'agent'),
      runDir: join(directory, 'run'),
      controller: { url: controller.running.url, caFile: certFile, joinToken: `file:${tokenFile}` },
    },
    victim,
  );
  undo.push(() => agent.stop());
  const status = await statusUntil(agent, ({ heartbeat }) => heartbeat.mode === 'enforce', 10_000);
  say(`agent enrolled, policy in force, ${status.heartbeat.capture}`);

  const server = await startServer(victim, port);
  undo.push(() => server.stop());
  const generator = await startGenerator({
    namespace: net,
    interfaceName: lab.interfaceName,
    destinationMac: lab.victimMac,
  });
  undo.push(() => generator.close());
  return { lab, probe, agent, controller, launchController, generator, policyRepository, auditRepository };
}
