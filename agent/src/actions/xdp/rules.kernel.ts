import type { TrafficMatch } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { XdpSource } from '../../capture/xdp/index.ts';
import { buildIcmp, buildTcp, buildUdp } from '../../engine/packet/index.ts';
import { counter } from '../../engine/types.ts';
import { xdpVerdict } from '../../testkit/test-run.ts';
import { createXdpBed, type XdpBed } from '../../testkit/xdp.ts';
import { createXdpRules, type XdpRules } from './index.ts';

const v4 = { source: '198.51.100.7', destination: '203.0.113.5' };
const v6 = { source: '2001:db8:51::7', destination: '2001:db8:113::5' };

let bed: XdpBed;
let source: XdpSource;
let rules: XdpRules;

beforeEach(() => {
  bed = createXdpBed('r');
  source = bed.open({ safelist: ['198.51.100.128/25', '2001:db8:5afe::/48'] });
  rules = createXdpRules(source.datapath);
});

afterEach(() => {
  bed.remove();
});

const id = (number: number): string => `mit-${number.toString(16).padStart(16, '0')}`;
const apply = (number: number, match: TrafficMatch, ttlMs = 60_000, verdict: 'drop' | 'count' = 'drop') =>
  rules.apply({ id: id(number), match, ttlMs, verdict });
const dropped = (packet: Uint8Array): boolean => bed.see(source, [packet])[0] === xdpVerdict.drop;
const udp = (changes: object = {}) => buildUdp({ ...v4, sourcePort: 53, destinationPort: 9, ...changes });

describe('what no rule touches', () => {
  beforeEach(async () => {
    await apply(1, { destination: '203.0.113.0/24' });
    await apply(2, { destination: '2001:db8:113::/64' });
  });

  test('safelisted sources, whatever the rule', async () => {
    expect(dropped(udp())).toBe(true);
    expect(dropped(udp({ source: '198.51.100.200' }))).toBe(false);
    expect(dropped(udp({ ...v6, source: '2001:db8:5afe::1' }))).toBe(false);
    expect((await rules.readBack(id(1)))?.packets).toBe(1n);
  });

  test('an IPv6 packet with a mapped source is no safelisted IPv4 client', async () => {
    expect(
      dropped(
        udp({ ...v6, source: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 198, 51, 100, 200) }),
      ),
    ).toBe(true);
  });

  test('neighbour discovery from the link, and only from there', () => {
    for (const type of [133, 134, 135, 136]) {
      expect(dropped(buildIcmp({ ...v6, type, ttl: 255 }))).toBe(false);
      expect(dropped(buildIcmp({ ...v6, type, ttl: 254 }))).toBe(true);
    }
  });

  test('path MTU discovery', () => {
    expect(dropped(buildIcmp({ ...v6, type: 2 }))).toBe(false);
    const needed = buildIcmp({ ...v4, type: 3 });
    expect(dropped(needed)).toBe(true);
    needed[21] = 4;
    expect(dropped(needed)).toBe(false);
    expect(dropped(buildIcmp({ ...v4, type: 8 }))).toBe(true);
    expect(dropped(buildIcmp({ ...v6, type: 128 }))).toBe(true);
  });

  test('DHCP', () => {
    expect(dropped(udp({ sourcePort: 67, destinationPort: 68 }))).toBe(false);
    expect(dropped(udp({ ...v6, sourcePort: 547, destinationPort: 546 }))).toBe(false);
    expect(dropped(udp({ sourcePort: 67, destinationPort: 9 }))).toBe(true);
    expect(dropped(udp({ sourcePort: 547, destinationPort: 546 }))).toBe(true);
  });

  test('still counts as traffic', () => {
    source.read();
    dropped(udp());
    dropped(udp({ sourcePort: 67, destinationPort: 68 }));
    const [target] = source.read().targets;
    expect(target?.counts[counter.packets]).toBe(2);
    expect(target?.counts[counter.droppedPackets]).toBe(1);
    expect(target?.counts[counter.droppedBytes]).toBe(28);
  });
});

describe('the table', () => {
  test('a rule for an address that was never seen takes hold with its first packet', async () => {
    await apply(1, { destination: '203.0.113.9/32' });
    expect(dropped(udp({ destination: '203.0.113.9' }))).toBe(true);
    expect(dropped(udp())).toBe(false);
  });

  test('a rule for a known address is compared with nobody else’s packets', async () => {
    dropped(udp());
    await apply(1, { destination: '203.0.113.5/32' });
    expect(source.datapath.maps.config.u64[2]).toBe(0n);
    expect(dropped(udp())).toBe(true);
    await rules.remove(id(1));
    expect(dropped(udp())).toBe(false);
  });

  test('holds 64 kernel rules, refuses the next, and has room again when one is gone', async () => {
    for (let number = 1; number <= 64; number++)
      await apply(number, { destination: `203.0.113.${number}/32` });
    await expect(apply(65, { destination: '203.0.113.65/32' })).rejects.toMatchObject({ code: 'TG2003' });
    expect(await rules.list()).toHaveLength(64);
    for (const host of [1, 33, 64]) expect(dropped(udp({ destination: `203.0.113.${host}` }))).toBe(true);
    await rules.remove(id(33));
    expect(dropped(udp({ destination: '203.0.113.33' }))).toBe(false);
    await apply(65, { destination: '203.0.113.65/32' });
    expect(dropped(udp({ destination: '203.0.113.65' }))).toBe(true);
    expect(await rules.readBack(id(65))).toMatchObject({ packets: 1n });
  });

  test('ranges under one id are one rule: hits are summed, the last counters cover all of it', async () => {
    const sourcePorts = [
      { from: 53, to: 53 },
      { from: 123, to: 123 },
    ];
    await apply(1, { destination: '203.0.113.5/32', sourcePorts });
    for (const sourcePort of [53, 123, 124]) dropped(udp({ sourcePort }));
    expect(await rules.list()).toMatchObject([{ id: id(1), packets: 2n, bytes: 56n }]);
    expect(await rules.remove(id(1))).toMatchObject({ packets: 2n });
    expect(await rules.list()).toEqual([]);
  });

  test('more than eight combinations are refused, by plan and by apply', async () => {
    const ranges = [1, 3, 5].map((port) => ({ from: port, to: port }));
    const match = { destination: '203.0.113.5/32', sourcePorts: ranges, destinationPorts: ranges };
    const refusal = rules.plan({ id: id(1), match, ttlMs: 1000, verdict: 'drop' });
    expect(refusal).toMatchObject({
      code: 'TG2002',
      reason: expect.stringContaining('9 kernel rules') as string,
    });
    await expect(apply(1, match)).rejects.toMatchObject({ code: 'TG2002' });
  });

  test('the same id with another match replaces the rule', async () => {
    await apply(1, { destination: '203.0.113.5/32', sourcePorts: [{ from: 53, to: 53 }] });
    await apply(1, { destination: '203.0.113.5/32', sourcePorts: [{ from: 54, to: 54 }] });
    expect(dropped(udp())).toBe(false);
    expect(dropped(udp({ sourcePort: 54 }))).toBe(true);
    expect(await rules.list()).toHaveLength(1);
  });

  test('counting instead of dropping, under the same id', async () => {
    await apply(1, { destination: '203.0.113.5/32' });
    await apply(1, { destination: '203.0.113.5/32' }, 60_000, 'count');
    expect(dropped(udp())).toBe(false);
    expect(await rules.readBack(id(1))).toMatchObject({ verdict: 'count', packets: 1n });
  });

  test('tells when the present burst began', async () => {
    await apply(1, { destination: '203.0.113.5/32' });
    expect(rules.burstFirstNs(id(1))).toBeNull();
    const before = Number(process.hrtime.bigint());
    dropped(udp());
    const after = Number(process.hrtime.bigint());
    dropped(udp());
    expect(rules.burstFirstNs(id(1))).toBeGreaterThanOrEqual(before);
    expect(rules.burstFirstNs(id(1))).toBeLessThanOrEqual(after);
  });

  test('a half-written rule of a process that died is swept', () => {
    const { rules: memory } = source.datapath.maps;
    memory.u64[0] = 7n;
    memory.u64[1] = process.hrtime.bigint() + 60_000_000_000n;
    createXdpRules(source.datapath);
    expect(memory.u64[0]).toBe(0n);
  });
});

test('a bare SYN is told from an ACK, and from a SYN with options', async () => {
  const tcp = (flags: number) => buildTcp({ ...v4, sourcePort: 4000, destinationPort: 80, flags });
  await apply(1, {
    destination: '203.0.113.5/32',
    protocol: 6,
    packetLengths: [{ from: 40, to: 40 }],
    tcpFlags: { mask: 18, value: 2 },
  });
  expect(dropped(tcp(2))).toBe(true);
  expect(dropped(tcp(16))).toBe(false);
  expect(
    dropped(
      buildTcp({ ...v4, sourcePort: 4000, destinationPort: 80, flags: 2, options: new Uint8Array(20) }),
    ),
  ).toBe(false);
});
