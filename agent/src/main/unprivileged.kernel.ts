import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labAddresses } from '../testkit/netns.ts';
import { createScene, eventually, faultsIn, floods, labPolicy, type Scene } from '../testkit/scene/index.ts';

const { ipv4, ipv6 } = labAddresses.victim;
const nobody = 65_534;
const bpffs = '/sys/fs/bpf';
const four = ['net_admin', 'net_raw', 'perfmon', 'bpf'] as const;
/** As capabilities(7) numbers them. */
const bits = { net_admin: 12n, net_raw: 13n, perfmon: 38n, bpf: 39n } as const;
const asNobody = [
  'setpriv',
  ...[`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--no-new-privs'],
  ...['--inh-caps', '--ambient-caps', '--bounding-set'].map(
    (set) => `${set}=-all,${four.map((name) => `+${name}`).join(',')}`,
  ),
];

let scene: Scene;
let bpffsMode: number;
beforeAll(async () => {
  scene = await createScene({ label: 'nobody' });
  bpffsMode = statSync(bpffs).mode & 0o7777;
  scene.push(labPolicy());
  await scene.startController();
  prepareAsRoot();
});
afterAll(async () => {
  await scene.close();
  chmodSync(bpffs, bpffsMode);
});

/** What root, or the unit that starts the agent, has to do for it: folders of its own, and the way to its pins. */
function prepareAsRoot(): void {
  // systemd mounts it for root alone (mode=700), a bare mount for everybody (1777).
  chmodSync(bpffs, 0o701);
  for (const folder of [scene.stateDir, join(scene.directory, 'run'), join(bpffs, scene.instance)]) {
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, nobody, nobody);
  }
  chmodSync(scene.directory, 0o755);
  chownSync(join(scene.directory, 'join-token'), nobody, nobody);
}

const statusOf = (pid: number): string => readFileSync(`/proc/${pid}/status`, 'utf8');

/** Sees a flood detected, dropped in the kernel by the backend, and the rule gone again. */
async function defend(via: 'xdp' | 'nftables', destination: string): Promise<void> {
  await scene.enforce(labPolicy({ via }));
  await scene.attack({ ...floods.udp, destination }, async () => {
    const [rule] = await scene.mitigated(destination);
    expect(rule).toMatchObject({ backend: via });
    const [hits, passed] = [scene.rules()[0]?.packets ?? 0, scene.passed()];
    await eventually('the rule hits', () => ((scene.rules()[0]?.packets ?? 0) - hits > 30_000 ? true : null));
    expect(scene.passed()).toBe(passed);
  });
  await scene.quiet();
  expect(scene.rules()).toEqual([]);
}

test('an ordinary user with four capabilities watches, samples, drops, is adopted and cleans up', async () => {
  const { pid } = await scene.startAgent({ capture: { source: 'xdp' } }, asNobody);
  const held = four.reduce((mask, name) => mask | (1n << bits[name]), 0n);
  expect(statusOf(pid)).toMatch(new RegExp(`^Uid:\\t${nobody}\\t${nobody}\\t`, 'm'));
  for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    expect(statusOf(pid)).toContain(`${set}:\t${held.toString(16).padStart(16, '0')}`);

  expect((await scene.watching()).heartbeat.capture).toBe('xdp/native on eth0');
  await defend('xdp', ipv4[0]);
  await defend('nftables', ipv6[0]);

  // The next process of this user finds what was left in force.
  await scene.enforce(labPolicy({ via: 'xdp' }));
  const flood = { ...floods.syn, destination: ipv4[1] };
  await scene.attack(flood, async () => {
    const [rule] = await scene.mitigated(flood.destination);
    await scene.killAgent();
    expect(scene.rules().map(({ id }) => id)).toEqual([rule!.id]);
    await scene.startAgent({ capture: { source: 'xdp' } }, asNobody);
    expect((await scene.watching()).heartbeat.capture).toBe('xdp/native on eth0 (adopted)');
    expect(scene.rules().map(({ id }) => id)).toEqual([rule!.id]);
  });
  await scene.quiet();
  expect(faultsIn((await scene.audited()).records)).toEqual([]);

  expect(await scene.agent.stop()).toBe(0);
  // The folder is root's to remove.
  expect(readdirSync(join(bpffs, scene.instance))).toEqual([]);
  expect(scene.traces()).toEqual(['pins: ']);
  expect(scene.agent.output()).not.toMatch(/EACCES|EPERM|not permitted/);
});

test('without its folder in the bpf file system it says what it takes', async () => {
  const elsewhere = `${scene.instance}-x`;
  expect(existsSync(join(bpffs, elsewhere))).toBe(false);
  await scene.startAgent({ capture: { source: 'xdp' }, instance: elsewhere }, asNobody);
  await eventually('the reason is told', () =>
    /Cannot make \/sys\/fs\/bpf\/\S+; it takes root, or a folder that the agent owns/.test(
      scene.agent.output(),
    )
      ? true
      : null,
  );
  await scene.agent.stop();
});
