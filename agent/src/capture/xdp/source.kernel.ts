import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidegateError } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createXdpRules } from '../../actions/xdp/index.ts';
import { buildUdp } from '../../engine/packet/index.ts';
import { counter } from '../../engine/types.ts';
import { createPair, inNamespace, openFrameSender, openWatch, type Pair } from '../../testkit/frames/index.ts';
import { testRun } from '../../testkit/test-run.ts';
import { openXdpSource, type XdpSource, type XdpSourceOptions } from './index.ts';

const instance = `tg-${process.pid}-s`;
const pins = `/sys/fs/bpf/${instance}`;
const rule = { id: 'mit-00000000000000aa', ttlMs: 60_000, verdict: 'drop' } as const;

let pair: Pair;
const opened: XdpSource[] = [];

beforeEach(() => {
  pair = createPair('s');
});

afterEach(() => {
  for (const source of opened.splice(0)) source.close({ keepRules: false });
  pair.remove();
  expect(existsSync(pins)).toBe(false);
});

const defaults = (): XdpSourceOptions => ({
  instance,
  interfaces: [pair.interfaceName],
  protect: ['198.51.100.2/32', '203.0.113.0/24', '2001:db8::2/128'],
  safelist: [],
  targetsMax: 64,
  samplesPerSecondMax: 5000,
  mode: 'auto',
});

function open(changes: Partial<XdpSourceOptions> = {}): XdpSource {
  const source = inNamespace(pair.destination.namespace, () => openXdpSource({ ...defaults(), ...changes }));
  opened.push(source);
  return source;
}

const attachedProgram = (): { mode?: number } | undefined => {
  const text = execFileSync('ip', ['-n', pair.destination.namespace, '-j', 'link', 'show', 'eth0'], { encoding: 'utf8' });
  return (JSON.parse(text) as { xdp?: { mode?: number } }[])[0]?.xdp;
};

const udpTo = (destination: string, sourcePort = 4000): Uint8Array =>
  buildUdp({
    source: destination.includes(':') ? pair.source.ipv6 : pair.source.ipv4,
    destination,
    sourcePort,
    destinationPort: 9,
  });

const see = (source: XdpSource, ...packets: Uint8Array[]): void => {
  for (const packet of packets) testRun(source.datapath.programFd, pair.frame(packet));
};

const packetsOf = (source: XdpSource): Record<string, number> =>
  Object.fromEntries(source.read().targets.map(({ target, counts }) => [target, counts[counter.packets]!]));

/** The TG2001 that opening gives. */
function refusal(changes: Partial<XdpSourceOptions>): string {
  try {
    open(changes);
  } catch (error) {
    expect(error).toBeInstanceOf(TidegateError);
    expect((error as TidegateError).code).toBe('TG2001');
    return (error as TidegateError).message;
  }
  throw new Error('it opened');
}

describe('reading', () => {
  test('counts what really arrives, IPv4 and IPv6 alike, native and generic', async () => {
    const watch = await openWatch(pair);
    for (const mode of ['native', 'generic'] as const) {
      const source = open({ mode });
      expect(source.description).toBe(`xdp/${mode} on eth0`);
      source.read();
      const sent = [udpTo(pair.destination.ipv4), udpTo(pair.destination.ipv4), udpTo(pair.destination.ipv6)];
      expect(await watch.send(sent)).toBe(3);
      expect(packetsOf(source)).toMatchObject({ [pair.destination.ipv4]: 2, [pair.destination.ipv6]: 1 });
      source.close({ keepRules: false });
    }
    watch.close();
  });

  test('a second reading reports nothing twice, and its interval is what passed', async () => {
    const source = open();
    see(source, udpTo('203.0.113.1'));
    const first = source.read();
    expect(first.targets).toHaveLength(1);
    await sleep(30);
    const second = source.read();
    expect(second.targets).toEqual([]);
    expect(second.intervalNs).toBe(second.atNs - first.atNs);
    expect(second.intervalNs).toBeGreaterThan(29e6);
  });

  test('looks at one target without consuming anything', () => {
    const source = open();
    expect(source.peek('203.0.113.1')).toBeNull();
    see(source, udpTo('203.0.113.1'), udpTo('203.0.113.1'));
    expect(source.peek('203.0.113.1')?.[counter.packets]).toBe(2);
    expect(packetsOf(source)).toEqual({ '203.0.113.1': 2 });
    see(source, udpTo('203.0.113.1'));
    expect(source.peek('203.0.113.1')?.[counter.packets]).toBe(3);
  });

  test('counts what finds the table full in one sum', () => {
    const source = open({ targetsMax: 3 });
    for (const host of [1, 2, 3, 4, 5]) see(source, udpTo(`203.0.113.${host}`));
    const reading = source.read();
    expect(reading.targets.map(({ target }) => target)).toEqual(['203.0.113.1', '203.0.113.2', '203.0.113.3']);
    expect(reading.uncountedPackets).toBe(2);
  });

  test('4096 idle targets are read in less than 2 ms', () => {
    const source = open({ targetsMax: 4096, protect: ['10.0.0.0/8'] });
    for (let host = 0; host < 4096; host++) see(source, udpTo(`10.0.${host >> 8}.${host & 255}`));
    expect(source.read().targets).toHaveLength(4096);
    const times = Array.from({ length: 50 }, () => {
      const before = performance.now();
      expect(source.read().targets).toHaveLength(0);
      return performance.now() - before;
    });
    expect(times.sort((a, b) => a - b)[25]).toBeLessThan(2);
  });
});

describe('samples', () => {
  test('quiet traffic is sampled packet by packet, with the kernel’s time', () => {
    const source = open();
    const packet = udpTo('203.0.113.1', 53);
    const before = Number(process.hrtime.bigint());
    see(source, packet, udpTo('2001:db8::2'));
    const { samples } = source.read();
    const after = Number(process.hrtime.bigint());
    expect(samples).toHaveLength(2);
    expect(samples[0]).toMatchObject({ target: '203.0.113.1', length: packet.length, rate: 1 });
    expect(samples[0]!.data).toEqual(packet);
    expect(samples[1]!.target).toBe('2001:db8::2');
    for (const { atNs } of samples) {
      expect(atNs).toBeGreaterThanOrEqual(before);
      expect(atNs).toBeLessThanOrEqual(after);
    }
  });

  test('holds the first 128 bytes, and the length of the whole', () => {
    const source = open();
    see(source, buildUdp({ source: '198.51.100.1', destination: '203.0.113.1', sourcePort: 1, destinationPort: 2, payload: new Uint8Array(900) }));
    const { samples } = source.read();
    expect(samples[0]!.data).toHaveLength(128);
    expect(samples[0]!.length).toBe(928);
  });

  test('a flood is thinned out, its size still told by the rates, and a quiet target still seen', async () => {
    const source = open();
    const flood = pair.frame(udpTo('203.0.113.1'));
    const bursts = 100;
    for (let burst = 0; burst < bursts; burst++) {
      testRun(source.datapath.programFd, flood, 10_000);
      see(source, udpTo('203.0.113.2'));
      await sleep(5);
    }
    const { samples, samplesLost } = source.read();
    const rates = (target: string): number =>
      samples.filter((sample) => sample.target === target).reduce((sum, { rate }) => sum + rate, 0);
    expect(samples.length).toBeLessThan(5000);
    expect(samplesLost).toBe(0);
    // Some forty slices with twenty samples each: the standard error is 4 %, and more in the first slice.
    expect(rates('203.0.113.1') / (bursts * 10_000)).toBeGreaterThan(0.75);
    expect(rates('203.0.113.1') / (bursts * 10_000)).toBeLessThan(1.25);
    expect(samples.filter(({ target, rate }) => target === '203.0.113.2' && rate <= 16).length).toBeGreaterThan(10);
  });
});

describe('another bundle', () => {
  test('changes the prefixes and keeps counters and rules', async () => {
    const source = open();
    const rules = createXdpRules(source.datapath);
    see(source, udpTo('203.0.113.1'), udpTo('198.51.100.2'));
    source.read();
    await rules.apply({ ...rule, match: { destination: '203.0.113.1/32' } });
    source.update({ protect: ['203.0.113.0/25', '10.0.0.0/8'], safelist: [] });
    see(source, udpTo('203.0.113.1'), udpTo('10.1.2.3'), udpTo('203.0.113.200'), udpTo('198.51.100.2'));
    expect((await rules.readBack(rule.id))?.packets).toBe(1n);
    // The address that left was known: it is counted until the table has let go of it.
    expect(packetsOf(source)).toEqual({ '203.0.113.1': 1, '10.1.2.3': 1, '198.51.100.2': 1 });
    source.read();
    see(source, udpTo('198.51.100.2'), udpTo('203.0.113.1'));
    expect(packetsOf(source)).toEqual({ '203.0.113.1': 1 });
  });

  test('slots of addresses that left are used again, from zero', () => {
    const source = open({ targetsMax: 2, protect: ['203.0.113.0/24'] });
    see(source, udpTo('203.0.113.1'), udpTo('203.0.113.1'), udpTo('203.0.113.2'));
    source.read();
    source.update({ protect: ['10.0.0.0/8'], safelist: [] });
    source.read();
    source.read();
    see(source, udpTo('10.0.0.1'), udpTo('10.0.0.2'), udpTo('10.0.0.3'));
    const reading = source.read();
    expect(reading.targets.map(({ target, counts }) => [target, counts[counter.packets]])).toEqual(
      expect.arrayContaining([
        ['10.0.0.1', 1],
        ['10.0.0.2', 1],
      ]),
    );
    expect(reading.uncountedPackets).toBe(1);
    expect(source.peek('10.0.0.1')?.[counter.packets]).toBe(1);
  });

  test('a protected ::/0 takes in no IPv4', () => {
    const source = open({ protect: ['::/0'] });
    see(source, udpTo('203.0.113.1'), udpTo('2001:db8::9'));
    expect(packetsOf(source)).toEqual({ '2001:db8::9': 1 });
  });
});

describe('attaching', () => {
  test('closing leaves nothing, or everything', () => {
    open().close({ keepRules: true });
    expect(readdirSync(pins)).toContain('link_eth0');
    expect(attachedProgram()).toBeDefined();
    open().close({ keepRules: false });
    expect(existsSync(pins)).toBe(false);
    expect(attachedProgram()).toBeUndefined();
  });

  test('refuses an interface that carries somebody else’s program, and leaves that alone', () => {
    const other = open({ instance: `${instance}-other` });
    const before = attachedProgram();
    expect(refusal({})).toMatch(/Another XDP program \(tidegate, id \d+\) is attached to eth0/);
    expect(attachedProgram()).toEqual(before);
    expect(existsSync(pins)).toBe(false);
    other.close({ keepRules: false });
  });

  test('names an interface that is missing, and leaves nothing', () => {
    expect(refusal({ interfaces: ['eth7'] })).toMatch(/no interface eth7/);
    expect(refusal({ interfaces: ['eth0', 'eth7'] })).toMatch(/no interface eth7/);
    expect(existsSync(pins)).toBe(false);
    expect(attachedProgram()).toBeUndefined();
  });

  test('several interfaces share one table', () => {
    const source = open({ interfaces: ['eth0', 'lo'] });
    expect(source.description).toBe('xdp/native on eth0, xdp/generic on lo');
    expect(source.notes).toEqual(['the driver of lo does no native XDP: generic mode is slower']);
  });

  test('an interface that leaves the policy is let go of, one that comes is added', () => {
    open({ interfaces: ['eth0'] }).close({ keepRules: true });
    const source = open({ interfaces: ['lo'] });
    expect(source.description).toBe('xdp/generic on lo (adopted)');
    expect(attachedProgram()).toBeUndefined();
  });

  test('a rule is not reported while the program is on no interface', async () => {
    const source = open();
    const rules = createXdpRules(source.datapath);
    await rules.apply({ ...rule, match: { destination: '203.0.113.1/32' } });
    expect(await rules.readBack(rule.id)).not.toBeNull();
    execFileSync('ip', ['-n', pair.destination.namespace, 'link', 'delete', 'eth0']);
    expect(source.datapath.lostInterfaces()).toEqual(['eth0']);
    expect(await rules.readBack(rule.id)).toBeNull();
  });
});

describe('adoption', () => {
  test('history is no burst: the first reading of the next process has only what came since', () => {
    const before = open();
    see(before, udpTo('203.0.113.1'), udpTo('203.0.113.1'));
    before.close({ keepRules: true });
    const source = open();
    expect(source.datapath.adopted).toBe(true);
    expect(source.read()).toMatchObject({ targets: [], samples: [], samplesLost: 0, uncountedPackets: 0 });
    expect(source.peek('203.0.113.1')?.[counter.packets]).toBe(0);
    see(source, udpTo('203.0.113.1'));
    expect(packetsOf(source)).toEqual({ '203.0.113.1': 1 });
  });

  test('maps of another size are replaced, and it is said', async () => {
    const before = open();
    await createXdpRules(before.datapath).apply({ ...rule, match: { destination: '203.0.113.1/32' } });
    before.close({ keepRules: true });
    const source = open({ targetsMax: 32 });
    expect(source.datapath.adopted).toBe(false);
    expect(source.notes).toEqual(["an earlier agent's rules and counters were replaced: it counts 64 targets, wanted are 32"]);
    expect(await createXdpRules(source.datapath).list()).toEqual([]);
  });

  test('after kill -9 rules drop on, and the next process adopts them', async () => {
    const child = await killedOwner();
    expect(child.signal).toBe('SIGKILL');
    const watch = await openWatch(pair);
    expect(await watch.send([udpTo(pair.destination.ipv4), udpTo(pair.destination.ipv6)])).toBe(1);
    const source = open();
    const rules = createXdpRules(source.datapath);
    expect(source.description).toBe('xdp/native on eth0 (adopted)');
    expect(await rules.list()).toMatchObject([{ id: rule.id, verdict: 'drop', packets: 1n }]);
    expect(await watch.send([udpTo(pair.destination.ipv4)])).toBe(0);
    expect((await rules.readBack(rule.id))?.packets).toBe(2n);
    await rules.remove(rule.id);
    expect(await watch.send([udpTo(pair.destination.ipv4)])).toBe(1);
    watch.close();
  });

  test('after kill -9 a rule ends by itself', async () => {
    await killedOwner(400);
    const watch = await openWatch(pair);
    await sleep(450);
    expect(await watch.send([udpTo(pair.destination.ipv4)])).toBe(1);
    expect(await createXdpRules(open().datapath).list()).toEqual([]);
    watch.close();
  });

  test('samples that nobody fetched are not those of the next process', () => {
    const before = open();
    see(before, udpTo('203.0.113.1'));
    before.close({ keepRules: true });
    expect(open().read().samples).toEqual([]);
  });
});

/** A process that drops UDP to the pair's IPv4 address, killed while it does. */
async function killedOwner(ttlMs = 60_000): Promise<{ signal: NodeJS.Signals | null }> {
  const built = (path: string): string => new URL(`../../../dist/${path}`, import.meta.url).href;
  const script = `
    import { openXdpSource } from '${built('capture/xdp/index.js')}';
    import { createXdpRules } from '${built('actions/xdp/index.js')}';
    const source = openXdpSource(${JSON.stringify(defaults())});
    await createXdpRules(source.datapath).apply({
      id: '${rule.id}', ttlMs: ${ttlMs}, verdict: 'drop', match: { destination: '${pair.destination.ipv4}/32', protocol: 17 },
    });
    process.stdout.write('installed');
    setInterval(() => {}, 1000);`;
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${pair.destination.namespace}`, process.execPath, '--input-type=module', '-e', script],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, signal) => resolve(signal)));
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
  child.kill('SIGKILL');
  return { signal: await ended };
}

test('frames on the wire reach the program untouched', async () => {
  const source = open();
  const sender = openFrameSender(pair.source.namespace, pair.interfaceName);
  const packet = udpTo(pair.destination.ipv4);
  sender.send(pair.frame(packet));
  const { samples } = await readUntilSampled(source);
  expect(samples.find(({ data }) => data.length === packet.length)?.data).toEqual(packet);
  sender.close();
});

async function readUntilSampled(source: XdpSource): Promise<ReturnType<XdpSource['read']>> {
  for (;;) {
    const reading = source.read();
    if (reading.samples.length > 0) return reading;
    await sleep(5);
  }
}
