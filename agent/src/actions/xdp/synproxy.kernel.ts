/** SYN cookies between a client and a server, each with a kernel of its own: connections, floods, and the end of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openXdpSource, type XdpSource } from '../../capture/xdp/index.ts';
import { takeAnswers } from '../../testkit/answers.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { createLab, labAddresses, type Lab } from '../../testkit/netns.ts';
import { startProcess, type RunningProcess } from '../../testkit/process.ts';
import { openProbe, startGenerator } from '../../testkit/traffic/index.ts';
import { createXdpRules, type XdpRules } from './index.ts';
import { openSynproxyHost, type SynproxyHost } from './synproxy.ts';

const port = 8080;
const sysctlPath = '/proc/sys/net/ipv4/tcp_syncookies';
const rule = (number: number): string => `mit-000000000000000${number}`;

let lab: Lab;
let source: XdpSource;
let rules: XdpRules;
let host: SynproxyHost;
let echo: RunningProcess;
let remembered: string | undefined;

const there = <T>(step: () => T): T => inNamespace(lab.namespaces.victim, step);
const sysctl = (): string => there(() => readFileSync(sysctlPath, 'latin1').trim());

/** Gives back what it is sent. */
const echoServer = `require('node:net').createServer((socket) => {
  socket.on('error', () => undefined).pipe(socket);
}).listen(${port}, () => console.log('listening'))`;

/** Opens connections, sends 100 kB through each and prints how many gave them back. */
const echoClient = (address: string, connections: number): string => `
const { connect } = require('node:net');
const text = Buffer.alloc(100_000, 'a connection out of a cookie ');
const one = () => new Promise((resolve) => {
  const chunks = [];
  const socket = connect({ host: '${address}', port: ${port} }, () => socket.end(text));
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', (error) => resolve(error.code)).on('end', () => resolve(Buffer.concat(chunks).equals(text)));
});
(async () => {
  const results = [];
  for (let number = 0; number < ${connections}; number++) results.push(await one());
  console.log('results ' + JSON.stringify(results));
})()`;

async function open(mode: 'native' | 'generic' = 'native'): Promise<void> {
  lab = createLab({ label: 'syn' });
  there(() => {
    writeFileSync(sysctlPath, '1');
  });
  takeAnswers(lab.namespaces.net, lab.interfaceName);
  source = there(() =>
    openXdpSource({
      instance: `tg-${process.pid}-syn`,
      interfaces: [lab.interfaceName],
      protect: labAddresses.protect,
      safelist: [],
      targetsMax: 64,
      samplesPerSecondMax: 5000,
      mode,
    }),
  );
  remembered = undefined;
  host = openSynproxyHost({
    read: () => remembered,
    write: (value) => (remembered = value),
    remove: () => (remembered = undefined),
  });
  rules = createXdpRules(source.datapath, host);
  const { victim } = lab.namespaces;
  echo = await startProcess({
    ...{ name: 'the echo server', command: process.execPath, args: ['-e', echoServer] },
    ...{ namespace: victim, ready: /listening/ },
  });
  lab.run(
    victim,
    'nft',
    'add table inet w; add chain inet w in { type filter hook prerouting priority -300; }',
  );
  lab.run(victim, 'nft', 'add rule inet w in tcp flags & (syn | ack) == syn counter');
}

afterEach(async () => {
  await echo.stop('SIGKILL');
  source.close({ keepRules: false });
  lab.remove();
});

/** SYNs that reached the network stack. */
const synsBehind = (): number =>
  Number(/packets (\d+)/.exec(lab.run(lab.namespaces.victim, 'nft', 'list', 'table', 'inet', 'w'))?.[1]);

/** @param number Of the rule. */
async function apply(address: string, number = 1, ttlMs = 60_000): Promise<void> {
  const destination = `${address}/${address.includes(':') ? 128 : 32}`;
  const match = { destination, protocol: 6, destinationPorts: [{ from: port, to: port }] };
  await there(() => rules.apply({ id: rule(number), match, ttlMs, verdict: 'synproxy' }));
}

async function connect(address: string, connections = 1): Promise<unknown> {
  const client = await startProcess({
    ...{ name: 'the client', command: process.execPath, args: ['-e', echoClient(address, connections)] },
    ...{ namespace: lab.namespaces.net, ready: /results (.*)/, readyMsMax: 50_000 },
  });
  await client.stop();
  return JSON.parse(client.ready?.[1] ?? '') as unknown;
}

/** A client that says something every 20 ms, and tells when it is said back; ready once it was. */
async function talk(address: string): Promise<RunningProcess> {
  const script = `const socket = require('node:net').connect({ host: '${address}', port: ${port} });
    socket.on('data', () => console.log('back')).on('close', () => process.exit(1));
    setInterval(() => socket.write('a word'), 20)`;
  return await startProcess({
    ...{ name: 'the talker', command: process.execPath, args: ['-e', script] },
    ...{ namespace: lab.namespaces.net, ready: /back/ },
  });
}

const victims = [labAddresses.victim.ipv4[0], labAddresses.victim.ipv6[0]];

describe.each(['native', 'generic'] as const)('in %s mode', (mode) => {
  beforeEach(async () => {
    await open(mode);
  });

  test.each(victims)('connections to %s come out of cookies, and carry data both ways', async (address) => {
    await apply(address);
    expect(await connect(address, 3)).toEqual([true, true, true]);
    expect(await rules.readBack(rule(1))).toMatchObject({ verdict: 'synproxy', answered: 3n });
    expect(synsBehind()).toBe(0);
    await there(() => rules.remove(rule(1)));
    expect(await connect(address)).toEqual([true]);
    expect(synsBehind()).toBe(1);
  });

  test.each(victims)('the server at %s sends no more at once than the client takes', async (address) => {
    await apply(address);
    lab.run(lab.namespaces.net, 'ip', 'link', 'set', lab.interfaceName, 'mtu', '1400');
    const talker = await talk(address);
    const [, mss] =
      / mss:(\d+) /.exec(lab.run(lab.namespaces.victim, 'ss', '-tinH', `sport = :${port}`)) ?? [];
    expect(Number(mss)).toBeGreaterThan(1000);
    expect(Number(mss)).toBeLessThanOrEqual(1400 - (address.includes(':') ? 60 : 40));
    await talker.stop();
    expect(synsBehind()).toBe(0);
  });
});

describe('a flood', () => {
  beforeEach(async () => {
    await open();
  });

  test.each(victims)(
    'of spoofed SYNs to %s: the stack sees none of it, connections are made',
    async (address) => {
      const { namespaces, interfaceName, victimMac: destinationMac } = lab;
      await apply(address);
      const probe = openProbe({ namespace: namespaces.victim, interfaceName });
      const generator = await startGenerator({ namespace: namespaces.net, interfaceName, destinationMac });
      const flood = { kind: 'syn_flood', destination: address, destinationPort: port } as const;
      const over = generator.flood({ ...flood, packetsPerSecond: 50_000, durationMs: 30_000 });
      const results = await connect(address, 40);
      generator.stopFlood();
      const { sent } = await over;
      await generator.close();
      expect(results).toEqual(Array.from({ length: 40 }, () => true));
      expect(sent).toBeGreaterThan(1000);
      expect(probe.seen().packets).toBe(0);
      expect(synsBehind()).toBe(0);
      probe.close();
    },
  );
});

describe('the life of a rule', () => {
  const [address = ''] = victims;
  beforeEach(async () => {
    await open();
  });

  test('sets the sysctl, and the last to go gives the former value back', async () => {
    await apply(address, 1);
    await apply(victims[1] ?? '', 2);
    expect(sysctl()).toBe('2');
    await there(() => rules.remove(rule(1)));
    expect(sysctl()).toBe('2');
    await there(() => rules.removeAll());
    expect(sysctl()).toBe('1');
  });

  test('the sysctl comes back after a crash: at the next start if the rule has ended, else with the rule', async () => {
    await apply(address, 1);
    there(() => createXdpRules(source.datapath, host));
    expect(sysctl()).toBe('2');
    await apply(address, 1, 1);
    await sleep(20);
    there(() => createXdpRules(source.datapath, host));
    expect(sysctl()).toBe('1');
  });

  test('ends with its TTL: SYNs reach the stack again', async () => {
    await apply(address, 1, 50);
    await sleep(100);
    expect(await connect(address)).toEqual([true]);
    expect(synsBehind()).toBe(1);
    expect(await rules.readBack(rule(1))).toBeNull();
  });

  test('a SYN that nobody waits for reaches the stack, which refuses it; the rule is renewed all the same', async () => {
    await apply(address);
    await echo.stop('SIGKILL');
    expect(await connect(address)).toEqual(['ECONNREFUSED']);
    expect(synsBehind()).toBe(1);
    await apply(address);
    await expect(apply(address, 2)).rejects.toMatchObject({
      code: 'TG2002',
      message: expect.stringContaining(`port ${port}`) as string,
    });
  });

  test('a connection from before goes on, and so does one out of a cookie when the rule is gone', async () => {
    const before = await talk(address);
    await apply(address);
    const during = await talk(address);
    const heard = (process: RunningProcess): number => process.output().split('back').length;
    const goesOn = async (process: RunningProcess): Promise<void> => {
      const already = heard(process);
      await expect.poll(() => heard(process), { timeout: 10_000 }).toBeGreaterThan(already + 2);
    };
    await goesOn(before);
    await there(() => rules.remove(rule(1)));
    await goesOn(during);
    expect([before.exitCode(), during.exitCode()]).toEqual([null, null]);
    await Promise.all([before.stop(), during.stop()]);
    expect(synsBehind()).toBe(1);
  });
});
