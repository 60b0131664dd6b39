import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labAddresses } from '../testkit/netns.ts';
import { createScene, eventually, floods, labPolicy, type Scene } from '../testkit/scene/index.ts';
import { startGenerator, type Generator } from '../testkit/traffic/index.ts';

const [victim, neighbour] = labAddresses.victim.ipv4;
let scene: Scene;
let clients: Generator;

beforeAll(async () => {
  scene = await createScene({ label: 'pcap' });
  const { lab } = scene;
  clients = await startGenerator({
    namespace: lab.namespaces.net,
    interfaceName: lab.interfaceName,
    destinationMac: lab.victimMac,
  });
  scene.push(labPolicy().replace('20kpps', '100kpps'));
  await scene.startController();
  await scene.startAgent();
  await scene.watching();
});
afterAll(async () => {
  await clients.close();
  await scene.close();
});

const tshark = (file: string, ...args: string[]): string =>
  execFileSync('tshark', ['-r', file, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 2 ** 20,
  });

/** Time of the first packet that a filter lets through, s since the epoch. */
const firstTime = (file: string, filter: string): number =>
  Number(tshark(file, '-Y', filter, '-T', 'fields', '-e', 'frame.time_epoch').split('\n', 1)[0]);

test('the capture of an attack begins two seconds before it, at 50,000 packets/s of other traffic', async () => {
  // The ring must have gone round before: what is shown is how far it reaches back, not how long the test ran.
  const quiet = clients.flood({
    kind: 'udp_flood',
    destination: neighbour,
    packetBytes: 200,
    packetsPerSecond: 50_000,
    durationMs: 8_000,
  });
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const folder = join(scene.stateDir, 'captures');
  await scene.attack({ ...floods.dns, destination: victim, packetsPerSecond: 200_000 }, async () => {
    await scene.mitigated(victim);
  });
  const file = await eventually('a capture', () => {
    const [name] = readdirSync(folder).filter((entry) => entry.endsWith('.pcapng'));
    return name === undefined ? null : join(folder, name);
  });
  const { packetsPerSecond } = await quiet;
  const first = firstTime(file, 'frame');
  const attack = firstTime(file, `ip.dst == ${victim} && udp.srcport == 53`);
  const beforeSeconds = attack - first;
  const before = tshark(file, '-Y', `frame.time_epoch < ${attack}`, '-T', 'fields', '-e', 'frame.number');
  const kept = before.trimEnd().split('\n').length;
  console.log(
    `capture: ${beforeSeconds.toFixed(3)} s and ${kept} packets before the first attack packet, at ${packetsPerSecond} packets/s`,
  );
  // Two seconds at 50,000 packets/s, whatever rate a busy machine came to.
  expect(kept).toBeGreaterThanOrEqual(100_000);
  expect(statSync(file).mode & 0o777).toBe(0o600);

  await scene.quiet();
  const { records } = await scene.audited();
  const opened = records.find(({ kind }) => kind === 'incident.opened')!;
  const saved = records.find(({ kind }) => kind === 'capture.saved')!;
  expect(saved.body).toMatchObject({
    incident: (opened.body as { incident: string }).incident,
    file: file.slice(file.lastIndexOf('/') + 1),
    bytes: String(statSync(file).size),
  });
  // What the file says of itself.
  const comments = tshark(file, '-Y', 'frame.comment', '-T', 'fields', '-e', 'frame.comment');
  expect(comments).toContain('detected');
});
