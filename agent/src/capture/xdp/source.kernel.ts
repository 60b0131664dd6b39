import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createXdpRules } from '../../actions/xdp/index.ts';
import { buildUdp } from '../../engine/packet/index.ts';
import { counter, type Sample } from '../../engine/types.ts';
import { openFrameSender, openWatch } from '../../testkit/frames/index.ts';
import { testRun } from '../../testkit/test-run.ts';
import { createXdpBed, packetsOf, type XdpBed } from '../../testkit/xdp.ts';
import type { XdpSource } from './index.ts';

const rule = { id: 'mit-00000000000000aa', ttlMs: 60_000, verdict: 'drop' } as const;

let bed: XdpBed;

beforeEach(() => {
  bed = createXdpBed('s');
});

afterEach(() => {
  bed.remove();
  expect(existsSync(`/sys/fs/bpf/${bed.instance}`)).toBe(false);
});

const udpTo = (destination: string, sourcePort?: number): Uint8Array => bed.udpTo(destination, sourcePort);

const see = (source: XdpSource, ...packets: Uint8Array[]): void => void bed.see(source, packets);

describe('reading', () => {
  test('counts what really arrives, IPv4 and IPv6 alike, native and generic', async () => {
    const watch = await openWatch(bed.pair);
    for (const mode of ['native', 'generic'] as const) {
      const source = bed.open({ mode });
      expect(source.description).toBe(`xdp/${mode} on eth0`);
      source.read();
      const sent = [
        udpTo(bed.pair.destination.ipv4),
        udpTo(bed.pair.destination.ipv4),
        udpTo(bed.pair.destination.ipv6),
      ];
      expect(await watch.send(sent)).toBe(3);
      expect(packetsOf(source)).toMatchObject({
        [bed.pair.destination.ipv4]: 2,
        [bed.pair.destination.ipv6]: 1,
      });
      source.close({ keepRules: false });
    }
    watch.close();
  });

  test('a second reading reports nothing twice, and its interval is what passed', async () => {
    const source = bed.open();
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
    const source = bed.open();
    expect(source.peek('203.0.113.1')).toBeNull();
    see(source, udpTo('203.0.113.1'), udpTo('203.0.113.1'));
    expect(source.peek('203.0.113.1')?.[counter.packets]).toBe(2);
    expect(packetsOf(source)).toEqual({ '203.0.113.1': 2 });
    see(source, udpTo('203.0.113.1'));
    expect(source.peek('203.0.113.1')?.[counter.packets]).toBe(3);
  });

  test('counts what finds the table full in one sum', () => {
    const source = bed.open({ targetsMax: 3 });
    for (const host of [1, 2, 3, 4, 5]) see(source, udpTo(`203.0.113.${host}`));
    const reading = source.read();
    expect(reading.targets.map(({ target }) => target)).toEqual([
      '203.0.113.1',
      '203.0.113.2',
      '203.0.113.3',
    ]);
    expect(reading.uncountedPackets).toBe(2);
  });

  test('4096 idle targets are read in less than 2 ms', () => {
    const source = bed.open({ targetsMax: 4096, protect: ['10.0.0.0/8'] });
    for (let host = 0; host < 4096; host++) see(source, udpTo(`10.0.${host >> 8}.${host & 255}`));
    let learned = 0;
    for (let look = 0; look < 8; look++) learned += source.read().targets.length;
    expect(learned).toBe(4096);
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
    const source = bed.open();
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
    const source = bed.open();
    see(
      source,
      buildUdp({
        source: '198.51.100.1',
        destination: '203.0.113.1',
        sourcePort: 1,
        destinationPort: 2,
        payload: new Uint8Array(900),
      }),
    );
    const { samples } = source.read();
    expect(samples[0]!.data).toHaveLength(128);
    expect(samples[0]!.length).toBe(928);
  });

  test('a flood is thinned out, its size still told by the rates, and a quiet target still seen', async () => {
    const source = bed.open();
    const flood = bed.pair.frame(udpTo('203.0.113.1'));
    const bursts = 100;
    const samples: Sample[] = [];
    let lost = 0;
    for (let burst = 0; burst < bursts; burst++) {
      see(source, udpTo('203.0.113.2'));
      testRun(source.datapath.programFd, flood, 10_000);
      await sleep(5);
      const reading = source.read();
      samples.push(...reading.samples);
      lost += reading.samplesLost;
    }
    const rates = (target: string): number =>
      samples.filter((sample) => sample.target === target).reduce((sum, { rate }) => sum + rate, 0);
    expect(samples.length).toBeLessThan(5000);
    expect(lost).toBe(0);
    // A slice has twenty samples or more, and here are forty slices or more: the standard error is near 5 %.
    expect(rates('203.0.113.1') / (bursts * 10_000)).toBeGreaterThan(0.75);
    expect(rates('203.0.113.1') / (bursts * 10_000)).toBeLessThan(1.25);
    expect(
      samples.filter(({ target, rate }) => target === '203.0.113.2' && rate <= 16).length,
    ).toBeGreaterThan(10);
  });
});

describe('another bundle', () => {
  test('changes the prefixes and keeps counters and rules', async () => {
    const source = bed.open();
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
    const source = bed.open({ targetsMax: 2, protect: ['203.0.113.0/24'] });
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
    const source = bed.open({ protect: ['::/0'] });
    see(source, udpTo('203.0.113.1'), udpTo('2001:db8::9'));
    expect(packetsOf(source)).toEqual({ '2001:db8::9': 1 });
  });
});

test('frames on the wire reach the program untouched', async () => {
  const source = bed.open();
  const sender = openFrameSender(bed.pair.source.namespace, bed.pair.interfaceName);
  const packet = udpTo(bed.pair.destination.ipv4);
  sender.send(bed.pair.frame(packet));
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
