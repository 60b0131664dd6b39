import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIp, buildTcp, buildUdp } from '../../engine/packet/index.ts';
import type { MalformedKind } from '../../kernel/xdp/index.ts';
import { testRun } from '../../testkit/test-run.ts';
import { createXdpBed, type XdpBed } from '../../testkit/xdp.ts';
import type { XdpSource } from './index.ts';
import { createMalformedReader } from './malformed.ts';

let bed: XdpBed;
let source: XdpSource;

beforeAll(() => {
  bed = createXdpBed('m');
  source = bed.open({ decapsulate: { gre: true, ip: true } });
});

afterAll(() => {
  bed.remove();
});

const v4 = { source: '198.51.100.7', destination: '203.0.113.5' };
const v6 = { source: '2001:db8:51::7', destination: '2001:db8:113::5' };
const ports = { sourcePort: 1, destinationPort: 2 };

/** A copy with some bytes set. */
const changed = (packet: Uint8Array, at: number, ...bytes: number[]): Uint8Array => {
  const copy = packet.slice();
  copy.set(bytes, at);
  return copy;
};
const options = (next: number): number[] => [next, 0, 1, 4, 0, 0, 0, 0];
const framed = (packet: Uint8Array): Uint8Array => bed.pair.frame(packet);

// No test run takes a frame that ends before its EtherType, so nothing here is of the kind `ethernet`.
const frames: readonly (readonly [MalformedKind, string, () => Uint8Array])[] = [
  [
    'vlan',
    'cut off within its tag',
    () => changed(framed(buildUdp({ ...v4, ...ports })), 12, 0x81, 0).slice(0, 17),
  ],
  ['ipv4Header', 'a header of four words', () => framed(changed(buildUdp({ ...v4, ...ports }), 0, 0x44))],
  ['ipv4Header', 'cut off', () => framed(buildUdp({ ...v4, ...ports })).slice(0, 33)],
  ['ipv4Length', 'longer than what arrived', () => framed(changed(buildUdp({ ...v4, ...ports }), 2, 0, 29))],
  ['ipv4Length', 'shorter than its header', () => framed(changed(buildUdp({ ...v4, ...ports }), 2, 0, 19))],
  ['ipv6Header', 'cut off', () => framed(buildUdp({ ...v6, ...ports })).slice(0, 53)],
  ['ipv6Length', 'longer than what arrived', () => framed(changed(buildUdp({ ...v6, ...ports }), 4, 0, 9))],
  [
    'ipv6Extensions',
    'seven of them',
    () => framed(buildIp(v6, 60, Uint8Array.from([60, 60, 60, 60, 60, 60, 17].flatMap(options)))),
  ],
  ['ipv6Extensions', 'cut off within one', () => framed(buildIp(v6, 60, Uint8Array.of(17)))],
  ['tcp', 'cut off before its flags', () => framed(buildIp(v4, 6, new Uint8Array(13)))],
  [
    'tcp',
    'a data offset of four words',
    () => framed(changed(buildTcp({ ...v6, ...ports, flags: 2 }), 52, 0x40)),
  ],
  ['udp', 'cut off', () => framed(buildIp(v4, 17, new Uint8Array(7)))],
  ['udp', 'a length below its header’s', () => framed(changed(buildUdp({ ...v6, ...ports }), 44, 0, 7))],
  ['icmp', 'cut off', () => framed(buildIp(v6, 58, Uint8Array.of(128, 0, 0)))],
  [
    'fragment',
    'the second eight bytes of TCP',
    () => framed(buildIp({ ...v4, fragment: { offsetBytes: 8, more: false } }, 6, new Uint8Array(16))),
  ],
  [
    'tunnel',
    'IP in IP without the inner header',
    () => framed(buildIp(v4, 4, new Uint8Array(19).fill(0x45))),
  ],
  ['tunnel', 'GRE without it', () => framed(buildIp(v4, 47, Uint8Array.of(0, 0, 8, 0, 0x45)))],
];

test.each(frames)('%s: %s', (kind, _, makeFrame) => {
  const read = createMalformedReader(source.datapath);
  testRun(source.datapath.programFd, makeFrame());
  const { since } = read();
  expect(Object.entries(since).filter(([, count]) => count !== 0)).toEqual([[kind, 1]]);
  expect(read().since[kind]).toBe(0);
});

test('sound packets are of no kind, and totals go on where another process stopped', () => {
  const read = createMalformedReader(source.datapath);
  testRun(source.datapath.programFd, framed(buildIp(v4, 17, new Uint8Array(7))));
  for (const packet of [buildUdp({ ...v4, ...ports }), buildTcp({ ...v6, ...ports, flags: 2 })])
    testRun(source.datapath.programFd, framed(packet));
  const { since, totals } = read();
  expect(Object.values(since).reduce((sum, count) => sum + count, 0)).toBe(1);
  const next = createMalformedReader(source.datapath)();
  expect(next.totals).toEqual(totals);
  expect(Object.values(next.since).every((count) => count === 0)).toBe(true);
});
