import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createLab, labAddresses } from './netns.ts';

const { victim, clients, management } = labAddresses;

test('client, victim and controller reach each other, IPv4 and IPv6 alike', () => {
  const lab = createLab({ label: 'l', management: true });
  try {
    const { net, victim: host, controller } = lab.namespaces;
    for (const address of [...victim.ipv4, ...victim.ipv6]) lab.run(net, 'ping', '-c1', '-W1', address);
    for (const address of [...clients.ipv4, ...clients.ipv6]) lab.run(host, 'ping', '-c1', '-W1', address);
    lab.run(controller, 'ping', '-c1', '-W1', management.victim);
    expect(lab.run(net, 'ip', 'route', 'get', victim.ipv4[0])).toContain(`src ${clients.ipv4[0]}`);
    expect(lab.run(net, 'ip', 'route', 'get', victim.ipv6[0])).toContain(`src ${clients.ipv6[0]}`);
    expect(() => lab.run(controller, 'ping', '-c1', '-W1', victim.ipv4[0])).toThrow();
  } finally {
    lab.remove();
  }
});

const ours = (pid: number | undefined): string[] =>
  readdirSync('/run/netns').filter((name) => name.startsWith(`tg-${pid ?? 0}-`));

test.each([
  ['SIGTERM', "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);"],
  ['SIGINT', "process.kill(process.pid, 'SIGINT'); setInterval(() => {}, 1000);"],
  ['an uncaught error', "throw new Error('planned');"],
  ['a plain exit', 'process.exit(3);'],
])('%s leaves nothing behind', async (_, ending) => {
  const built = new URL('../../dist/testkit/netns.js', import.meta.url).href;
  const script = `
    import { spawn } from 'node:child_process';
    import { createLab } from '${built}';
    const lab = createLab({ management: true });
    spawn('nsenter', ['--net=/run/netns/' + lab.namespaces.victim, 'sleep', '1000'], { detached: true, stdio: 'ignore' }).unref();
    process.stdout.write('made');
    setTimeout(() => { ${ending} }, 200);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  expect(ours(child.pid)).toHaveLength(3);
  await ended;
  expect(ours(child.pid)).toEqual([]);
});
