import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createXdpRules } from '../../actions/xdp/index.ts';
import { buildUdp } from '../../engine/packet/index.ts';
import type { XdpSource } from '../../capture/xdp/index.ts';
import { counter } from '../../engine/types.ts';
import { agentBin } from '../../testkit/daemons.ts';
import { inNamespace, openWatch, type Watch } from '../../testkit/frames/index.ts';
import { createXdpBed, packetsOf, type XdpBed } from '../../testkit/xdp.ts';
import { loadObject } from '../bpf-object.ts';
import { closeFd, interfaceIndex } from '../libc.ts';
import { createXdpLink, programName, xdpOn } from '../xdp-link.ts';

/** Sources that xdp-filter is told to deny. */
const denied = '198.51.100.99';
const nobody = 65_534;

let bed: XdpBed;
let watch: Watch;
let directory: string;
const opened: XdpSource[] = [];

/** As a daemon would; closed before the one-shot takes things away again. */
function open(): XdpSource {
  const source = bed.open();
  opened.push(source);
  return source;
}

const inside = (command: string, ...args: string[]): string =>
  execFileSync('nsenter', [`--net=/run/netns/${bed.pair.destination.namespace}`, command, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const loadFilter = (): void => {
  inside('xdp-filter', 'load', '--policy', 'allow', '--features', 'ipv4', 'eth0');
  inside('xdp-filter', 'ip', '--mode', 'src', denied);
};

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const attach = (...args: string[]): Run =>
  spawnSync(
    'nsenter',
    [
      ...[`--net=/run/netns/${bed.pair.destination.namespace}`, process.execPath, agentBin, 'attach'],
      ...['--config', join(directory, 'agent.json'), ...args],
    ],
    { encoding: 'utf8' },
  );

/** Names of the programs on the interface as the tool of libxdp lists them, the dispatcher's own first. */
const programs = (): string[] =>
  inside('xdp-loader', 'status', 'eth0')
    .split('\n')
    .flatMap(
      (line) =>
        /(xdp_dispatcher|xdpfilt_\w+|tidegate|generate|<No XDP program loaded!>)/.exec(line)?.[1] ?? [],
    );

const from = (source: string): Uint8Array =>
  buildUdp({ source, destination: bed.pair.destination.ipv4, sourcePort: 4000, destinationPort: 9 });

/** Why nothing of this can be tried here; null where it can. */
function obstacle(): string | null {
  if (spawnSync('xdp-filter', ['help']).error !== undefined)
    return 'xdp-filter is missing (Debian: xdp-tools)';
  const probe = createXdpBed('p');
  try {
    const within = (step: () => unknown) => inNamespace(probe.pair.destination.namespace, step);
    within(() => spawnSync('xdp-filter', ['load', 'eth0']));
    const name = within(() => programName(xdpOn(interfaceIndex('eth0')).programId));
    within(() => spawnSync('xdp-filter', ['unload', 'eth0']));
    return name === 'xdp_dispatcher'
      ? null
      : 'this kernel takes no extension programs, and so no dispatcher; with TIDEGATE_TEST_FULL=1 it is tried in QEMU';
  } finally {
    probe.remove();
  }
}

let reason: string | null = null;
const libxdpPins = '/sys/fs/bpf/xdp';
let isLibxdpInUse: boolean;
beforeAll(() => {
  isLibxdpInUse = existsSync(libxdpPins);
  reason = obstacle();
  if (reason !== null) console.log(`skipped: ${reason}`);
});

beforeEach(async () => {
  bed = createXdpBed('d');
  watch = await openWatch(bed.pair);
  directory = mkdtempSync(join(tmpdir(), `tg-${process.pid}-dispatcher-`));
  const config = {
    schema: 'tidegate/agent-config/v1',
    node: 'test',
    instance: bed.instance,
    stateDir: join(directory, 'state'),
    runDir: join(directory, 'run'),
    capture: {
      targetsMax: bed.options.targetsMax,
      samplesPerSecondMax: bed.options.samplesPerSecondMax,
      forensic: { ringBytes: bed.options.forensicBytes ?? 0 },
    },
  };
  writeFileSync(join(directory, 'agent.json'), JSON.stringify(config));
});

afterEach(() => {
  for (const source of opened.splice(0)) source.close({ keepRules: true });
  attach('--detach');
  spawnSync('nsenter', [
    `--net=/run/netns/${bed.pair.destination.namespace}`,
    'xdp-filter',
    'unload',
    'eth0',
  ]);
  watch.close();
  bed.remove();
  rmSync(directory, { recursive: true, force: true });
  expect(existsSync(`/sys/fs/bpf/${bed.instance}`)).toBe(false);
});

afterAll(() => {
  // Of tests alone, or also of somebody whose programs are attached.
  if (!isLibxdpInUse) rmSync(libxdpPins, { recursive: true, force: true });
});

describe('beside xdp-filter', () => {
  beforeEach(({ skip }) => {
    skip(reason !== null, reason ?? '');
  });

  test('both work: one drops what it denies, ours counts and drops; detaching leaves the other', async () => {
    loadFilter();
    expect(programs()).toEqual(['xdp_dispatcher', 'xdpfilt_alw_ip']);
    expect(attach('--interface', 'eth0', '--priority', '5')).toMatchObject({
      status: 0,
      stdout: 'eth0: attached (native, through the dispatcher)\n',
      stderr: '',
    });
    expect(programs()).toEqual(['xdp_dispatcher', 'tidegate', 'xdpfilt_alw_ip']);

    const source = open();
    expect(source.description).toBe('xdp/native on eth0 beside others (adopted)');
    expect(source.notes).toEqual([]);
    const { ipv4 } = bed.pair.destination;
    expect(await watch.send([from(denied), from(bed.pair.source.ipv4)])).toBe(1);
    const { samples, targets } = source.read();
    // Ours comes first, and so counts what the other denies.
    expect(targets.find(({ target }) => target === ipv4)?.counts[counter.packets]).toBe(2);
    expect(samples.length).toBeGreaterThan(0);

    const rules = inNamespace(bed.pair.destination.namespace, () => createXdpRules(source.datapath));
    await rules.apply({
      id: 'mit-00000000000000aa',
      ttlMs: 60_000,
      verdict: 'drop',
      match: { destination: `${ipv4}/32` },
    });
    expect(await watch.send([from(bed.pair.source.ipv4)])).toBe(0);
    expect((await rules.list())[0]?.packets).toBe(1n);
    await rules.removeAll();

    source.close({ keepRules: false });
    expect(programs()).toEqual(['xdp_dispatcher', 'tidegate', 'xdpfilt_alw_ip']);
    expect(await watch.send([from(bed.pair.source.ipv4), from(denied)])).toBe(1);
    const again = open();
    expect(packetsOf(again)[ipv4]).toBeUndefined();
    again.close({ keepRules: false });

    expect(attach('--detach')).toMatchObject({ status: 0, stdout: 'eth0: detached\n' });
    expect(programs()).toEqual(['xdp_dispatcher', 'xdpfilt_alw_ip']);
    expect(existsSync(`/sys/fs/bpf/${bed.instance}`)).toBe(false);
    expect(await watch.send([from(denied), from(bed.pair.source.ipv4)])).toBe(1);
  });

  test('a process with the four capabilities adopts what root attached', () => {
    mkdirSync(join(directory, 'state'));
    chownSync(join(directory, 'state'), nobody, nobody);
    loadFilter();
    expect(attach('--interface', 'eth0').status).toBe(0);
    expect(statSync(`/sys/fs/bpf/${bed.instance}/config`).uid).toBe(nobody);
    const built = new URL('../../../dist/capture/xdp/index.js', import.meta.url).href;
    const script = `
      import { openXdpSource } from '${built}';
      const source = openXdpSource(${JSON.stringify(bed.options)});
      process.stdout.write(source.description);
      source.close({ keepRules: true });`;
    const capabilities = '-all,+net_admin,+bpf,+perfmon,+net_raw';
    const setpriv = [
      ...['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups'],
      ...['--inh-caps', capabilities, '--ambient-caps', capabilities, '--bounding-set', capabilities],
    ];
    expect(inside('setpriv', ...setpriv, process.execPath, '--input-type=module', '-e', script)).toBe(
      'xdp/native on eth0 beside others (adopted)',
    );
    expect(programs()).toContain('tidegate');
  });

  test('a dispatcher that was built anew is not taken for ours until the one-shot ran again', () => {
    loadFilter();
    expect(attach('--interface', 'eth0').status).toBe(0);
    const source = open();
    const lost = (): string[] =>
      inNamespace(bed.pair.destination.namespace, () => source.datapath.lostInterfaces());
    expect(lost()).toEqual([]);
    inside('xdp-filter', 'unload', 'eth0');
    expect(programs()).toEqual(['xdp_dispatcher', 'tidegate']);
    expect(lost()).toEqual(['eth0']);
    source.close({ keepRules: true });
    expect(() => open()).toThrow(/The XDP dispatcher of eth0 was built anew/);
    expect(attach('--detach', '--interface', 'eth0').stdout).toBe('eth0: detached\n');
    expect(programs()).toEqual(['<No XDP program loaded!>']);
    expect(attach('--interface', 'eth0').status).toBe(0);
    expect(open().description).toBe('xdp/native on eth0 beside others (adopted)');
  });

  test('on a free interface ours comes first, and xdp-filter joins', () => {
    expect(attach('--interface', 'eth0').status).toBe(0);
    expect(attach('--interface', 'eth0').stdout).toBe(
      'eth0: was attached (native, through the dispatcher)\n',
    );
    loadFilter();
    expect(programs().sort()).toEqual(['tidegate', 'xdp_dispatcher', 'xdpfilt_alw_ip']);
  });
});

test('a program without a dispatcher is refused with the reason, and stays', () => {
  const stranger = loadObject('flood');
  const link = inNamespace(bed.pair.destination.namespace, () =>
    createXdpLink(stranger.programFd('generate'), interfaceIndex('eth0'), 'native'),
  );
  if (typeof link !== 'number') throw new Error(link.refusal);
  try {
    const { status, stderr } = attach('--interface', 'eth0');
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /TG2001 .*Another XDP program \(generate, id \d+\) is attached to eth0 without a libxdp dispatcher/,
    );
    expect(programs()).toEqual(['generate']);
  } finally {
    closeFd(link);
    stranger.close();
  }
});

test('where the agent attached by itself there is nothing to do', () => {
  const source = open();
  expect(attach('--interface', 'eth0')).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/The agent has attached its program to eth0 by itself/) as string,
  });
  expect(attach('--detach', '--interface', 'eth0').stdout).toBe('eth0: was not attached\n');
  expect(bed.attachedMode()).toBe(1);
  source.close({ keepRules: false });
});

test('where the kernel makes no dispatcher that is said, and nothing stays behind', ({ skip }) => {
  skip(reason === null, 'this kernel makes dispatchers');
  expect(attach('--interface', 'eth0')).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(
      /There can be no dispatcher on eth0: this kernel takes no extension programs/,
    ) as string,
  });
  expect(bed.attachedMode()).toBe(0);
  expect(existsSync(`/sys/fs/bpf/${bed.instance}`)).toBe(false);
});
