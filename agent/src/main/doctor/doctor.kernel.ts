import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '@tidegate/schemas';
import type { AgentConfig, Doctor, DoctorCheck } from '@tidegate/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadObject } from '../../kernel/bpf-object.ts';
import { closeFd, interfaceIndex } from '../../kernel/libc.ts';
import { createXdpLink } from '../../kernel/xdp-link.ts';
import { agentBin } from '../../testkit/daemons.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { createScene, labPolicy, type Scene } from '../../testkit/scene/index.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene({ label: 'doctor' });
  scene.push(labPolicy());
  await scene.startController();
  await scene.startAgent();
  await scene.watching();
});
afterAll(async () => {
  await scene.close();
});

interface Visit {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly report: Doctor;
  readonly find: (id: string, subject?: string) => DoctorCheck | undefined;
}

/** The doctor at the victim. @param as What runs it, such as setpriv. @param args Further arguments. */
function doctor(as: readonly string[] = [], args: readonly string[] = []): Visit {
  const inside = [`--net=/run/netns/${scene.lab.namespaces.victim}`, ...as, process.execPath, agentBin];
  const named = args.includes('--config') ? [] : ['--config', scene.agent.configFile];
  const { status, stdout, stderr } = spawnSync(
    'nsenter',
    [...inside, 'doctor', '--format', 'json', ...named, ...args],
    { encoding: 'utf8' },
  );
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  const checked = check('doctor', last === '' ? undefined : JSON.parse(last));
  if (!checked.ok) throw new Error(`no report: ${stdout}${stderr}`);
  const report = checked.value;
  const find: Visit['find'] = (id, subject) =>
    report.checks.find((found) => found.id === id && (subject === undefined || found.subject === subject));
  return { exitCode: status, stderr, report, find };
}

const failures = ({ report }: Visit): string[] =>
  report.checks.filter(({ status }) => status === 'fail').map(({ id, found }) => `${id}: ${found}`);

/** Everything of the victim's that a doctor could change. */
const stateOfVictim = (): unknown => ({
  ruleset: scene.lab.run(scene.lab.namespaces.victim, 'nft', 'list', 'ruleset'),
  links: scene.lab.run(scene.lab.namespaces.victim, 'ip', '-d', 'link', 'show', 'eth0'),
  traces: scene.traces(),
});

describe('beside an agent that runs', () => {
  test('all is well, its own program is no other, and nothing is changed', () => {
    const before = stateOfVictim();
    const visit = doctor();
    expect(stateOfVictim()).toEqual(before);
    expect(visit.stderr).toBe('');
    expect(failures(visit)).toEqual([]);
    expect(visit.exitCode).toBe(0);
    expect(visit.find('interface-link')).toMatchObject({
      subject: 'eth0',
      status: 'ok',
      found: 'up, from the last good bundle',
    });
    expect(visit.find('interface-xdp', 'eth0')?.found).toMatch(/^ours is attached \(id \d+, native\)$/);
    expect(visit.find('interface-driver', 'eth0')?.found).toMatch(/^veth, /);
    expect(visit.find('xdp-program')?.found).toMatch(/^the kernel takes it \(\d+ bytes/);
    expect(visit.find('nftables')?.status).toBe('ok');
    expect(visit.find('controller-reachable')?.found).toMatch(/^answers in \d+ ms$/);
    expect(visit.find('controller-clock')?.found).toBe('agrees with ours within 1 s');
    expect(visit.find('agent')?.found).toContain('enforce, capture xdp/native on eth0');
    expect(visit.find('audit-spool')).toMatchObject({ status: 'ok' });
    expect(scene.agent.exitCode()).toBeNull();
  });

  test('all interfaces are looked at that are named', () => {
    const visit = doctor([], ['--interface', 'lo', 'mgmt0', '--interface', 'eth9']);
    const links = visit.report.checks.filter(({ id }) => id === 'interface-link');
    expect(links.map(({ subject, status }) => [subject, status])).toEqual([
      ['lo', 'ok'],
      ['mgmt0', 'ok'],
      ['eth9', 'fail'],
    ]);
    expect(visit.exitCode).toBe(1);
  });

  test('stop-all is told as long as it is in force', async () => {
    const by = 'a test';
    await scene.agent.ask({ schema: 'tidegate/control/v1', command: 'stop-all', by });
    expect(doctor().find('stop-all')).toMatchObject({ status: 'warn', found: /by a test$/ });
    await scene.agent.ask({ schema: 'tidegate/control/v1', command: 'lift', by });
    expect(doctor().find('stop-all')).toMatchObject({ status: 'ok' });
  });
});

describe('an ordinary user', () => {
  const as = (capabilities: string): string[] => [
    'setpriv',
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    `--inh-caps=-all${capabilities}`,
    `--ambient-caps=-all${capabilities}`,
  ];
  beforeAll(() => {
    // Made for root alone; the configuration is for everybody to read.
    chmodSync(scene.directory, 0o755);
  });

  test('with the four capabilities may load the program and ask nftables', () => {
    const visit = doctor(as(',+net_admin,+net_raw,+bpf,+perfmon'));
    expect(visit.find('capabilities')?.found).toMatch(
      /, with CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON, CAP_NET_RAW$/,
    );
    expect(visit.find('xdp-program')).toMatchObject({ status: 'ok' });
    expect(visit.find('nftables')).toMatchObject({ status: 'ok' });
  });

  test('without one of them is told which', () => {
    const visit = doctor(as(',+net_admin,+net_raw,+bpf'));
    expect(visit.exitCode).toBe(1);
    expect(visit.find('capabilities')).toMatchObject({
      status: 'fail',
      found: expect.stringMatching(/ lacks CAP_PERFMON$/) as string,
    });
    expect(visit.find('xdp-program')).toMatchObject({ status: 'skipped' });
  });

  test('is told what it may not see, and none of it is taken for well', () => {
    const visit = doctor(as(''));
    expect(visit.stderr).toBe('');
    expect(failures(visit).map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining(['capabilities', 'state-folder']),
    );
    for (const id of ['xdp-program', 'nftables', 'interface-xdp', 'agent', 'stop-all', 'audit-spool'])
      expect([id, visit.find(id)?.status]).toEqual([id, 'skipped']);
  });
});

describe('a machine that is not well', () => {
  test('the controller is down: the agent goes on with what it has', async () => {
    await scene.controller.stop();
    const visit = doctor();
    expect(visit.exitCode).toBe(1);
    expect(failures(visit)).toEqual([
      expect.stringMatching(
        /^controller-reachable: https:\/\/192\.0\.2\.1:8443 cannot be reached: .*ECONNREFUSED/,
      ),
    ]);
    expect(visit.find('controller-reachable')?.meaning).toContain('defends with the last good bundle');
    expect(visit.find('controller-clock')?.status).toBe('skipped');
    await scene.startController();
  });

  test('no agent runs, and another XDP program is attached: it is named, and stays', async () => {
    await scene.agent.stop();
    const stranger = loadObject('flood');
    const link = inNamespace(scene.lab.namespaces.victim, () =>
      createXdpLink(stranger.programFd('generate'), interfaceIndex('eth0'), 'native'),
    );
    if (typeof link !== 'number') throw new Error(link.refusal);
    try {
      const before = stateOfVictim();
      const visit = doctor();
      expect(stateOfVictim()).toEqual(before);
      expect(visit.exitCode).toBe(1);
      expect(failures(visit)).toEqual([
        expect.stringMatching(/^interface-xdp: another program is attached: generate \(id \d+, native\)$/),
      ]);
      expect(visit.find('agent')).toMatchObject({ status: 'warn', found: 'not running' });
    } finally {
      closeFd(link);
      stranger.close();
    }
    expect(failures(doctor())).toEqual([]);
  });

  test('the table of our name is somebody else’s', () => {
    const { victim } = scene.lab.namespaces;
    scene.lab.run(victim, 'nft', 'add', 'table', 'inet', scene.instance);
    expect(doctor().find('nftables')).toMatchObject({
      status: 'warn',
      found: `the table inet ${scene.instance} belongs to another program`,
    });
    scene.lab.run(victim, 'nft', 'delete', 'table', 'inet', scene.instance);
  });

  test('the state folder is on a read-only file system, also for root', () => {
    const config = JSON.parse(readFileSync(scene.agent.configFile, 'utf8')) as AgentConfig;
    const file = join(scene.directory, 'read-only.json');
    const stateDir = join(scene.directory, 'read-only');
    writeFileSync(file, JSON.stringify({ ...config, stateDir }));
    const mounted = `mkdir -p ${stateDir} && mount -t tmpfs -o ro none ${stateDir} && exec "$@"`;
    const visit = doctor(['unshare', '--mount', 'sh', '-c', mounted, 'sh'], ['--config', file]);
    expect(visit.find('state-folder')).toMatchObject({
      status: 'fail',
      found: `${stateDir}: it is on a read-only file system`,
    });
  });
});
