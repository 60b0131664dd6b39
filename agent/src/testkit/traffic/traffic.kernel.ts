import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createXdpRules } from '../../actions/xdp/index.ts';
import { openXdpSource } from '../../capture/xdp/index.ts';
import { buildTcp, buildUdp, parsePacket, sourceOf, tcpFlag } from '../../engine/packet/index.ts';
import { counter } from '../../engine/types.ts';
import { loadObject } from '../../kernel/bpf-object.ts';
import { mapFd } from '../../kernel/libc.ts';
import { inNamespace } from '../frames/index.ts';
import { createLab, labAddresses, type Lab } from '../netns.ts';
import { testRun } from '../test-run.ts';
import { openProbe, startGenerator, type FloodKind, type Generator, type Probe } from './index.ts';
import { attackMac, trafficStructs } from './layout.ts';
import { buildTemplate } from './template.ts';

const [target4, target6] = [labAddresses.victim.ipv4[0], labAddresses.victim.ipv6[0]];
const cases = (['udp_flood', 'syn_flood', 'dns_amplification'] as const).flatMap((kind) =>
  [target4, target6].map((destination) => [kind, destination] as const),
);

describe('what the generator sends', () => {
  const object = loadObject('flood');
  const memory = mapFd(object.mapFd('flood'), trafficStructs.tg_flood.size, { writable: true });
  afterAll(() => {
    memory.release();
    object.close();
  });

  /** IP packets as they leave, without an interface. */
  const packets = (kind: FloodKind, destination: string, count: number): Uint8Array[] =>
    Array.from({ length: count }, () => {
      const template = buildTemplate({ kind, destination }, '02:00:00:00:00:09', Math.random);
      new Uint8Array(memory.buffer).set(template.task);
      const { frame } = testRun(object.programFd('generate'), template.frame);
      expect(Buffer.from(frame.subarray(0, 12)).toString('hex')).toBe(
        `020000000009${attackMac.replaceAll(':', '')}`,
      );
      return frame.subarray(14);
    });

  test.each(cases)('%s to %s: right lengths and checksums', (kind, destination) => {
    for (const bytes of packets(kind, destination, 200)) {
      const packet = parsePacket(bytes)!;
      const { sourcePort, destinationPort } = packet;
      const payload = bytes.slice(packet.payloadOffset);
      const common = {
        source: sourceOf(packet),
        destination,
        sourcePort: sourcePort!,
        destinationPort: destinationPort!,
      };
      const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(packet.payloadOffset - 16);
      const built =
        kind === 'syn_flood'
          ? buildTcp({ ...common, flags: tcpFlag.syn, sequence })
          : buildUdp({ ...common, payload });
      expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(built).toString('hex'));
    }
  });

  test.each([target4, target6])(
    'DNS responses to %s: from port 53, 1200 to 1400 bytes, from a thousand reflectors',
    (destination) => {
      const seen = packets('dns_amplification', destination, 300).map((bytes) => parsePacket(bytes)!);
      expect(seen.every(({ sourcePort }) => sourcePort === 53)).toBe(true);
      // The response bit of the DNS header (RFC 1035, section 4.1.1).
      expect(seen.every(({ data, payloadOffset }) => (data[payloadOffset + 2]! & 0x80) !== 0)).toBe(true);
      expect(Math.min(...seen.map(({ length }) => length))).toBeGreaterThanOrEqual(1200);
      expect(Math.max(...seen.map(({ length }) => length))).toBeLessThanOrEqual(1400);
      expect(new Set(seen.map(({ length }) => length)).size).toBeGreaterThan(50);
      expect(new Set(seen.map(sourceOf)).size).toBeLessThan(300);
      expect(new Set(seen.map(sourceOf)).size).toBeGreaterThan(200);
    },
  );

  test.each([target4, target6])(
    'SYNs to %s: without options, from sources that do not come again',
    (destination) => {
      const seen = packets('syn_flood', destination, 300).map((bytes) => parsePacket(bytes)!);
      expect(new Set(seen.map(({ length }) => length))).toEqual(
        new Set([destination.includes(':') ? 60 : 40]),
      );
      expect(
        seen.every(({ tcpFlags, destinationPort }) => tcpFlags === tcpFlag.syn && destinationPort === 80),
      ).toBe(true);
      expect(new Set(seen.map(sourceOf)).size).toBe(300);
    },
  );
});

describe('on the wire', () => {
  let lab: Lab;
  let generator: Generator;
  let probe: Probe;
  beforeAll(async () => {
    lab = createLab({ label: 't' });
    probe = openProbe({ namespace: lab.namespaces.victim, interfaceName: lab.interfaceName });
    generator = await startGenerator({
      namespace: lab.namespaces.net,
      interfaceName: lab.interfaceName,
      destinationMac: lab.victimMac,
    });
  });
  afterAll(async () => {
    await generator.close();
    probe.close();
    lab.remove();
  });

  test.each(cases)(
    '%s to %s: everything arrives at the stack, timed by the kernel',
    async (kind, destination) => {
      probe.reset();
      const result = await generator.flood({ kind, destination, packetsPerSecond: 20_000, durationMs: 300 });
      await sleep(20);
      const seen = probe.seen();
      expect(seen.packets).toBe(result.sent);
      expect(result.sent).toBeGreaterThan(5000);
      expect(seen.firstNs).toBeGreaterThanOrEqual(result.firstNs);
      expect(seen.firstNs - result.firstNs).toBeLessThan(50e6);
      expect(probe.packetsBetween(result.firstNs - 10e6, seen.lastNs + 1)).toBe(result.sent);
    },
  );

  test('a flood can be ended early', async () => {
    const flood = generator.flood({
      kind: 'udp_flood',
      destination: target4,
      packetsPerSecond: 1000,
      durationMs: 30_000,
    });
    await sleep(100);
    generator.stopFlood();
    expect((await flood).sent).toBeLessThan(5000);
  });

  test('200,000 packets a second and more are dropped, every one is counted, the stack sees none', async () => {
    const source = inNamespace(lab.namespaces.victim, () =>
      openXdpSource({
        instance: `tg-${process.pid}-t`,
        interfaces: [lab.interfaceName],
        protect: labAddresses.protect,
        safelist: [],
        targetsMax: 64,
        samplesPerSecondMax: 5000,
        mode: 'auto',
      }),
    );
    const rules = createXdpRules(source.datapath);
    const id = 'mit-00000000000000bb';
    await rules.apply({
      id,
      match: { destination: `${target4}/32`, protocol: 17, sourcePorts: [{ from: 53, to: 53 }] },
      ttlMs: 60_000,
      verdict: 'drop',
    });
    source.read();
    probe.reset();
    const flood = {
      kind: 'dns_amplification',
      destination: target4,
      packetsPerSecond: 250_000,
      durationMs: 1000,
    } as const;
    const result = await generator.flood(flood);
    await sleep(20);
    expect(result.packetsPerSecond).toBeGreaterThan(200_000);
    const counts = source.read().targets.find(({ target }) => target === target4)?.counts;
    expect(counts?.[counter.packets]).toBe(result.sent);
    expect(counts?.[counter.droppedPackets]).toBe(result.sent);
    expect(await rules.readBack(id)).toMatchObject({ packets: BigInt(result.sent) });
    expect(rules.burstFirstNs(id)! - result.firstNs).toBeLessThan(50e6);
    expect(probe.seen()).toMatchObject({ packets: 0, firstNs: 0 });
    source.close({ keepRules: false });
  });
});
