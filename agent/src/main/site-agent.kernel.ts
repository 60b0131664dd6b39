/** A real agent behind the speaker of its site: what becomes of its routes when it dies. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentConfig } from '@tidegate/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Authority } from '../testkit/authority.ts';
import { startBgpPair } from '../testkit/bgp/index.ts';
import type { BgpPair } from '../testkit/bgp/index.ts';
import { agentBin } from '../testkit/daemons.ts';
import { labAddresses } from '../testkit/netns.ts';
import { startProcess } from '../testkit/process.ts';
import type { RunningProcess } from '../testkit/process.ts';
import { createScene, eventually, floods, labPolicy } from '../testkit/scene/index.ts';
import type { Scene } from '../testkit/scene/index.ts';

const { ipv4 } = labAddresses.victim;
const flood = { ...floods.udp, destination: ipv4[0] };
const ttlSeconds = 6;
const flowspec = `flowspec: { policy: edge, ttl: ${ttlSeconds}s, when: { packets: 60kpps, for: 1s } }`;
const policy = `${labPolicy({ ttl: '30s', steps: [flowspec] })}---
apiVersion: tidegate/v1
kind: FlowSpecPolicy
metadata: { name: edge }
spec: { owned: [203.0.113.0/24] }
`;

let pair: BgpPair;
let scene: Scene;
let speaker: RunningProcess;
let speakers: NonNullable<AgentConfig['speakers']>;

beforeAll(async () => {
  pair = await startBgpPair();
  scene = await createScene({ label: 'site' });
  const authority = new Authority(scene.directory);
  const server = authority.issue('speaker', '127.0.0.1');
  const configFile = join(scene.directory, 'speaker.yaml');
  writeFileSync(
    configFile,
    `schema: tidegate/speaker-config/v1
stateDir: speaker-state
listen: { host: 127.0.0.1, port: 0, certificateFile: ${server.certFile}, keyFile: ${server.keyFile}, clientCaFile: ca.crt }
speaker: { gobgp: "${pair.address}", owned: [203.0.113.0/24] }
`,
  );
  // Loopback of the victim, and gobgpd's socket in the file system.
  speaker = await startProcess({
    ...{ name: 'site speaker', command: process.execPath, namespace: scene.lab.namespaces.victim },
    args: [agentBin, 'speaker', '--config', configFile],
    ready: /"url":"(https:[^"]+)"/,
  });
  const { certFile, keyFile } = authority.issue('victim-1');
  const files = { caFile: authority.caFile, certificateFile: certFile, keyFile };
  speakers = [{ name: 'default', site: { url: speaker.ready![1]!, ...files }, owned: ['203.0.113.0/24'] }];
  scene.push(policy);
  await scene.startController();
  await scene.startAgent({ speakers });
  await scene.watching();
}, 60_000);
afterAll(async () => {
  await scene.close();
  await speaker.stop();
  await pair.stop();
});

const seen = (what: string, isSo: () => boolean) => eventually(what, () => (isSo() ? true : null));
const announced = () => seen('a FlowSpec rule is in the router', () => pair.flows().length === 1);
const free = () => seen('the router has nothing left', () => pair.flows().length === 0);

describe('routes of an agent behind the speaker of its site', () => {
  test('are advertised, and go when it says so', async () => {
    await scene.attack(flood, async () => {
      await announced();
      await scene.until(({ mitigations }) =>
        mitigations.some(({ backend, level }) => backend === 'flowspec' && level === 'advertised'),
      );
      expect(scene.command('inside', 'release')).toMatchObject({ exitCode: 0 });
      await free();
    });
    await scene.quiet();
  }, 60_000);

  test('end without it: kill -9, and it never comes back', async () => {
    let killedMs = 0;
    await scene.attack(flood, async () => {
      await announced();
      await scene.killAgent();
      killedMs = Date.now();
      expect(pair.flows()).toHaveLength(1);
    });
    await free();
    expect(Date.now() - killedMs).toBeLessThan((ttlSeconds + 1) * 1000);
  }, 60_000);

  test('are held through kill -9 and a new start, and renewed while the attack goes on', async () => {
    await scene.startAgent({ speakers });
    await scene.watching();
    await scene.attack(flood, async () => {
      await announced();
      await scene.killAgent();
      await scene.startAgent({ speakers });
      const endMs = Date.now() + (ttlSeconds + 2) * 1000;
      while (Date.now() < endMs) {
        expect(pair.flows()).toHaveLength(1);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    });
    await free();
    await scene.quiet();
  }, 60_000);

  test('go with stop-all, also where the agent is dead', async () => {
    await scene.attack(flood, async () => {
      await announced();
      await scene.killAgent();
      expect(scene.command('inside', 'stop-all')).toMatchObject({ exitCode: 0 });
      await free();
    });
  }, 60_000);
});
