/** A playbook that answers a SYN flood with SYN cookies, through the real programs. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { takeAnswers } from '../testkit/answers.ts';
import { inNamespace } from '../testkit/frames/index.ts';
import { labAddresses } from '../testkit/netns.ts';
import { startProcess, type RunningProcess } from '../testkit/process.ts';
import {
  createScene,
  eventually,
  faultsIn,
  labPolicy,
  unfinishedIn,
  type Scene,
} from '../testkit/scene/index.ts';
import { startServer } from '../testkit/server/index.ts';

const port = 8080;
const [target, closedTarget] = labAddresses.victim.ipv4;

let scene: Scene;
let server: RunningProcess;
beforeAll(async () => {
  scene = await createScene({ label: 'synproxy' });
  takeAnswers(scene.lab.namespaces.net, scene.lab.interfaceName);
  server = await startServer(scene.lab.namespaces.victim, port);
  const drop = '- drop: { ttl: 30s, via: auto }';
  scene.push(labPolicy().replace(drop, '- synproxy: { ttl: 30s }'));
  await scene.startController();
  await scene.startAgent();
  await scene.watching();
});
afterAll(async () => {
  await server.stop('SIGKILL');
  await scene.close();
});

const sysctl = (): string =>
  inNamespace(scene.lab.namespaces.victim, () =>
    readFileSync('/proc/sys/net/ipv4/tcp_syncookies', 'latin1').trim(),
  );

/** How many of so many new connections, one after another, are accepted. */
async function connections(count: number): Promise<number> {
  const script = `const { connect } = require('node:net');
    const one = () => new Promise((resolve) => {
      const socket = connect({ host: '${target}', port: ${port} }, () => { socket.resetAndDestroy(); resolve(1); });
      socket.on('error', () => resolve(0));
    });
    (async () => {
      let accepted = 0;
      for (let number = 0; number < ${count}; number++) accepted += await one();
      console.log('accepted ' + accepted);
    })()`;
  const client = await startProcess({
    ...{ name: 'the client', command: process.execPath, args: ['-e', script] },
    ...{ namespace: scene.lab.namespaces.net, ready: /accepted (\d+)/ },
  });
  await client.stop();
  return Number(client.ready?.[1]);
}

test('requests are answered in place of the server, clients get through, and all of it is undone', async () => {
  const before = sysctl();
  await scene.attack({ kind: 'syn_flood', destination: target, destinationPort: port }, async () => {
    const [rule] = await scene.mitigated(target);
    expect(rule).toMatchObject({
      ...{ backend: 'xdp', level: 'effective' },
      match: { destination: `${target}/32`, protocol: 6, destinationPorts: [{ from: port, to: port }] },
    });
    const passed = scene.passed();
    const [{ packets } = { packets: 0 }] = scene.rules();
    expect(await connections(50)).toBe(50);
    await eventually('the rule hits', () =>
      (scene.rules()[0]?.packets ?? 0) - packets > 30_000 ? true : null,
    );
    expect(scene.passed()).toBe(passed);
  });
  await scene.quiet();
  expect(scene.rules()).toEqual([]);
  expect(sysctl()).toBe(before);
  const { records, of } = await scene.audited();
  expect(of('action.intent').map(({ body }) => body)).toMatchObject([{ action: 'synproxy', backend: 'xdp' }]);
  expect(of('action.receipt').map(({ body }) => body.level)).toEqual(['installed', 'effective']);
  expect(faultsIn(records)).toEqual([]);
  expect(unfinishedIn(records)).toEqual([]);
});

test('where nobody listens XDP refuses, and the refusal is on record', async () => {
  const passed = scene.passed();
  await scene.attack(
    { kind: 'syn_flood', destination: closedTarget, destinationPort: port + 1 },
    async () => {
      const failed = await eventually('the refusal is on record', async () => {
        const { of } = await scene.audited();
        return of('action.failed').at(-1)?.body ?? null;
      });
      expect(failed).toMatchObject({ code: 'TG2002', reason: expect.stringContaining('listens') as string });
      expect(scene.rules()).toEqual([]);
      await eventually('the flood passes', () => (scene.passed() - passed > 10_000 ? true : null));
    },
  );
  await scene.quiet();
});
