import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidegateError } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createXdpRules } from '../../actions/xdp/index.ts';
import { expirePinnedRules } from '../../actions/xdp/pinned.ts';
import { counter } from '../../engine/types.ts';
import { openWatch } from '../../testkit/frames/index.ts';
import { createXdpBed, packetsOf, type XdpBed } from '../../testkit/xdp.ts';
import type { XdpSource, XdpSourceOptions } from './index.ts';

const rule = { id: 'mit-00000000000000aa', ttlMs: 60_000, verdict: 'drop' } as const;

let bed: XdpBed;

beforeEach(() => {
  bed = createXdpBed('a');
});

afterEach(() => {
  bed.remove();
  expect(existsSync(`/sys/fs/bpf/${bed.instance}`)).toBe(false);
});

const udpTo = (destination: string, sourcePort?: number): Uint8Array => bed.udpTo(destination, sourcePort);

const see = (source: XdpSource, ...packets: Uint8Array[]): void => void bed.see(source, packets);

const pins = (): string => `/sys/fs/bpf/${bed.instance}`;

/** The TG2001 that opening gives. */
function refusal(changes: Partial<XdpSourceOptions>): string {
  try {
    bed.open(changes);
  } catch (error) {
    expect(error).toBeInstanceOf(TidegateError);
    expect((error as TidegateError).code).toBe('TG2001');
    return (error as TidegateError).message;
  }
  throw new Error('it opened');
}

describe('attaching', () => {
  test('closing leaves nothing, or everything', () => {
    bed.open().close({ keepRules: true });
    expect(readdirSync(pins())).toContain('link_eth0');
    expect(bed.attachedMode()).toBe(1);
    bed.open().close({ keepRules: false });
    expect(existsSync(pins())).toBe(false);
    expect(bed.attachedMode()).toBe(0);
  });

  test('refuses an interface that carries somebody else’s program, and leaves that alone', () => {
    const other = bed.open({ instance: `${bed.instance}-other` });
    const before = bed.attachedMode();
    expect(refusal({})).toMatch(/Another XDP program \(tidegate, id \d+\) is attached to eth0/);
    expect(bed.attachedMode()).toBe(before);
    expect(existsSync(pins())).toBe(false);
    other.close({ keepRules: false });
  });

  test('names an interface that is missing, and leaves nothing', () => {
    expect(refusal({ interfaces: ['eth7'] })).toMatch(/no interface eth7/);
    expect(refusal({ interfaces: ['eth0', 'eth7'] })).toMatch(/no interface eth7/);
    expect(existsSync(pins())).toBe(false);
    expect(bed.attachedMode()).toBe(0);
  });

  test('several interfaces share one table', () => {
    const source = bed.open({ interfaces: ['eth0', 'lo'] });
    expect(source.description).toBe('xdp/native on eth0, xdp/generic on lo');
    expect(source.notes).toEqual(['the driver of lo does no native XDP: generic mode is slower']);
  });

  test('an interface that leaves the policy is let go of, one that comes is added', () => {
    bed.open({ interfaces: ['eth0'] }).close({ keepRules: true });
    const source = bed.open({ interfaces: ['lo'] });
    expect(source.description).toBe('xdp/generic on lo (adopted)');
    expect(bed.attachedMode()).toBe(0);
  });

  test('a rule is not reported while the program is on no interface', async () => {
    const source = bed.open();
    const rules = createXdpRules(source.datapath);
    await rules.apply({ ...rule, match: { destination: '203.0.113.1/32' } });
    expect(await rules.readBack(rule.id)).not.toBeNull();
    execFileSync('ip', ['-n', bed.pair.destination.namespace, 'link', 'delete', 'eth0']);
    expect(source.datapath.lostInterfaces()).toEqual(['eth0']);
    expect(await rules.readBack(rule.id)).toBeNull();
  });
});

describe('adoption', () => {
  test('history is no burst: the first reading of the next process has only what came since', () => {
    const before = bed.open();
    see(before, udpTo('203.0.113.1'), udpTo('203.0.113.1'));
    before.close({ keepRules: true });
    const source = bed.open();
    expect(source.datapath.adopted).toBe(true);
    expect(source.read()).toMatchObject({ targets: [], samples: [], samplesLost: 0, uncountedPackets: 0 });
    expect(source.peek('203.0.113.1')?.[counter.packets]).toBe(0);
    see(source, udpTo('203.0.113.1'));
    expect(packetsOf(source)).toEqual({ '203.0.113.1': 1 });
  });

  test('maps of another size are replaced, and it is said', async () => {
    const before = bed.open();
    await createXdpRules(before.datapath).apply({ ...rule, match: { destination: '203.0.113.1/32' } });
    before.close({ keepRules: true });
    const source = bed.open({ targetsMax: 32 });
    expect(source.datapath.adopted).toBe(false);
    expect(source.notes).toEqual([
      "an earlier agent's rules and counters were replaced: it counts 64 targets, wanted are 32",
    ]);
    expect(await createXdpRules(source.datapath).list()).toEqual([]);
  });

  test('after kill -9 rules drop on, and the next process adopts them', async () => {
    const child = await killedOwner();
    expect(child.signal).toBe('SIGKILL');
    const watch = await openWatch(bed.pair);
    expect(await watch.send([udpTo(bed.pair.destination.ipv4), udpTo(bed.pair.destination.ipv6)])).toBe(1);
    const source = bed.open();
    const rules = createXdpRules(source.datapath);
    expect(source.description).toBe('xdp/native on eth0 (adopted)');
    expect(await rules.list()).toMatchObject([{ id: rule.id, verdict: 'drop', packets: 1n }]);
    expect(await watch.send([udpTo(bed.pair.destination.ipv4)])).toBe(0);
    expect((await rules.readBack(rule.id))?.packets).toBe(2n);
    await rules.remove(rule.id);
    expect(await watch.send([udpTo(bed.pair.destination.ipv4)])).toBe(1);
    watch.close();
  });

  test('after kill -9 a rule ends by itself', async () => {
    await killedOwner(400);
    const watch = await openWatch(bed.pair);
    await sleep(450);
    expect(await watch.send([udpTo(bed.pair.destination.ipv4)])).toBe(1);
    expect(await createXdpRules(bed.open().datapath).list()).toEqual([]);
    watch.close();
  });

  test('a slot that a dying process had taken from its address is used again', () => {
    const before = bed.open({ targetsMax: 1 });
    see(before, udpTo('203.0.113.1'));
    before.read();
    before.update({ protect: ['203.0.113.2/32'], safelist: [] });
    before.read();
    before.close({ keepRules: true });
    const source = bed.open({ targetsMax: 1, protect: ['203.0.113.2/32'] });
    expect(source.datapath.adopted).toBe(true);
    see(source, udpTo('203.0.113.2'));
    expect(packetsOf(source)).toEqual({ '203.0.113.2': 1 });
  });

  test('rules of a process that is dead can be ended through their pins', async () => {
    await killedOwner();
    const watch = await openWatch(bed.pair);
    expect(await watch.send([udpTo(bed.pair.destination.ipv4)])).toBe(0);
    expect(expirePinnedRules(bed.instance)).toBe(1);
    expect(expirePinnedRules(bed.instance)).toBe(0);
    expect(await watch.send([udpTo(bed.pair.destination.ipv4)])).toBe(1);
    expect(await createXdpRules(bed.open().datapath).list()).toEqual([]);
    watch.close();
  });

  test('another mode is attached anew, and the rules stay', async () => {
    const before = bed.open({ mode: 'generic' });
    await createXdpRules(before.datapath).apply({ ...rule, match: { destination: '203.0.113.1/32' } });
    before.close({ keepRules: true });
    const source = bed.open({ mode: 'native' });
    expect(source.description).toBe('xdp/native on eth0 (adopted)');
    expect(bed.attachedMode()).toBe(1);
    expect(await createXdpRules(source.datapath).list()).toHaveLength(1);
  });

  test('samples that nobody fetched are not those of the next process', () => {
    const before = bed.open();
    see(before, udpTo('203.0.113.1'));
    before.close({ keepRules: true });
    expect(bed.open().read().samples).toEqual([]);
  });
});

test('without the capabilities it says which ones, prints nothing of its own, and leaves nothing', () => {
  const script = `
    import { openXdpSource } from '${built('capture/xdp/index.js')}';
    try { openXdpSource(${JSON.stringify(bed.options)}); } catch (error) { process.stdout.write(error.code + ' ' + error.message); }`;
  const inside = [
    'nsenter',
    `--net=/run/netns/${bed.pair.destination.namespace}`,
    'setpriv',
    '--bounding-set=-all',
  ];
  const [command, ...args] = [...inside, process.execPath, '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  expect(stdout).toMatch(/^TG2001 .*Operation not permitted.*CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON/);
  expect(stderr).toBe('');
});

/** Compiled code, for processes of their own. */
const built = (path: string): string => new URL(`../../../dist/${path}`, import.meta.url).href;

/** A process that drops UDP to the pair's IPv4 address, killed while it does. */
async function killedOwner(ttlMs = 60_000): Promise<{ signal: NodeJS.Signals | null }> {
  const script = `
    import { openXdpSource } from '${built('capture/xdp/index.js')}';
    import { createXdpRules } from '${built('actions/xdp/index.js')}';
    const source = openXdpSource(${JSON.stringify(bed.options)});
    await createXdpRules(source.datapath).apply({
      id: '${rule.id}', ttlMs: ${ttlMs}, verdict: 'drop', match: { destination: '${bed.pair.destination.ipv4}/32', protocol: 17 },
    });
    process.stdout.write('installed');
    setInterval(() => {}, 1000);`;
  const child = spawn(
    'nsenter',
    [
      `--net=/run/netns/${bed.pair.destination.namespace}`,
      process.execPath,
      '--input-type=module',
      '-e',
      script,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('close', (_, signal) => resolve(signal)),
  );
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
  child.kill('SIGKILL');
  return { signal: await ended };
}
