import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { routes } from '@tidegate/schemas';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createCertificate } from '../testkit/certificate.ts';
import { startLiar } from '../testkit/liar/index.ts';
import { lies, type LieName } from '../testkit/liar/lies.ts';
import { labAddresses } from '../testkit/netns.ts';
import {
  createScene,
  eventually,
  faultsIn,
  floods,
  labPolicy,
  unfinishedIn,
  type Flood,
  type Scene,
} from '../testkit/scene/index.ts';

const { ipv4, ipv6 } = labAddresses.victim;

let scene: Scene;
let digest: string | null;
/** Records in git before the controller died. */
let recordsBefore: number;
beforeAll(async () => {
  scene = await createScene({ label: 'alone' });
  scene.push(labPolicy());
  await scene.startController();
  await scene.startAgent();
  digest = (await scene.watching()).heartbeat.digests.effective;
  recordsBefore = (await scene.audited()).records.length;
  await scene.controller.stop('SIGKILL');
});
afterAll(async () => {
  await scene.close();
});

/** Sees a flood mitigated and over; every record of it waits in the spool. */
async function defend(flood: Flood): Promise<void> {
  await scene.attack(flood, async () => {
    await scene.mitigated(flood.destination);
  });
  await scene.quiet();
  const { heartbeat } = await scene.until(() => true);
  expect(heartbeat.digests.effective).toBe(digest);
  expect(heartbeat.spool.pending).toBe(heartbeat.spool.lastSeq - recordsBefore);
  expect(scene.audit().records).toHaveLength(recordsBefore);
}

test('an agent that never reaches its controller starts and defends by the last good bundle', async () => {
  await scene.killAgent();
  await scene.startAgent();
  await defend({ ...floods.udp, destination: ipv4[0] });
  await defend({ ...floods.dns, destination: ipv6[0] });
});

test.each([
  { what: 'nonsense', lies: Object.keys(lies) as LieName[], flood: { ...floods.syn, destination: ipv6[1] } },
  {
    what: 'forgeries in the right form',
    lies: ['forged', 'notModified'] as const,
    flood: { ...floods.dns, destination: ipv4[1] },
  },
])('a controller that answers $what is not believed, and disturbs nothing', async (told) => {
  const { tls, port } = scene;
  const host = labAddresses.management.controller;
  const liar = await startLiar({ host, port, tls, lies: told.lies }, scene.lab.namespaces.controller);
  onTestFinished(liar.stop);
  const startedMs = performance.now();
  // Begins with short pauses between its tries.
  await scene.killAgent();
  await scene.startAgent();
  await defend(told.flood);
  await eventually('much was told', () => {
    const { [routes.bundle.path]: bundles = 0, [routes.audit.path]: batches = 0 } = liar.answered();
    return bundles >= 4 && batches >= 4 ? true : null;
  });
  const seconds = (performance.now() - startedMs) / 1000;
  for (const count of Object.values(liar.answered())) expect(count / seconds).toBeLessThan(5);
  await liar.stop();
});

test('a controller with another certificate is not spoken to', async () => {
  const folder = join(scene.directory, 'stranger');
  mkdirSync(folder);
  await scene.startController({ tls: createCertificate(folder, labAddresses.management.controller) });
  await defend({ ...floods.udp, destination: ipv6[2] });
  await scene.controller.stop();
});

test('the controller comes back: everything arrives, in order, and nothing of the nonsense was believed', async () => {
  await scene.startController();
  const { records, of } = await scene.audited();
  expect(of('incident.closed')).toHaveLength(5);
  expect(faultsIn(records)).toEqual([]);
  expect(unfinishedIn(records)).toEqual([]);
  const refusals = of('bundle.refused').map(({ body }) => body.stage);
  expect(refusals).toContain('signature');
  expect(refusals.length).toBeLessThan(10);
  expect(scene.verifyAudit()).toMatchObject({ exitCode: 0 });
});
