import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  buildIcmp,
  buildIp,
  buildTcp,
  buildUdp,
  countPacket,
  destinationOf,
  parsePacket,
} from '../../engine/packet/index.ts';
import { counter, counterNames, type Reading } from '../../engine/types.ts';
import { xdpVerdict } from '../../testkit/test-run.ts';
import { createXdpBed, type XdpBed } from '../../testkit/xdp.ts';
import type { XdpSource } from './index.ts';

let bed: XdpBed;
let source: XdpSource;

beforeAll(() => {
  bed = createXdpBed('n');
  // Sources that are looked at closely have counters of their own.
  source = bed.open({ targetsMax: 512, samplesPerSecondMax: 10_000, looksPerSecondMax: 0 });
});

afterAll(() => {
  bed.remove();
});

const v4 = { source: '198.51.100.7', destination: '203.0.113.5' };
const v6 = { source: '2001:db8:51::7', destination: '2001:db8:113::5' };
const families = [
  ['IPv4', v4],
  ['IPv6', v6],
] as const;

interface FrameOptions {
  readonly vlans?: readonly number[];
  readonly paddedTo?: number;
}

/** Lets the program see packets, and returns what it counted for the target. */
function count(
  packets: readonly Uint8Array[],
  target: string,
  options?: FrameOptions,
): Record<string, number> {
  source.read();
  expect(new Set(bed.see(source, packets, options))).toEqual(new Set([xdpVerdict.pass]));
  const counts = countsOf(source.read(), target);
  const named = counterNames.map((name) => [name, counts[counter[name]] ?? 0] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== 0));
}

const countsOf = (reading: Reading, target: string): ArrayLike<number> =>
  reading.targets.find((entry) => entry.target === target)?.counts ?? [];

describe.each(families)('%s', (name, addresses) => {
  const ipBytes = name === 'IPv4' ? 20 : 40;
  const udp = (sourcePort: number, payload = 0) =>
    buildUdp({ ...addresses, sourcePort, destinationPort: 9, payload: new Uint8Array(payload) });
  const tcp = (flags: number) => buildTcp({ ...addresses, sourcePort: 4000, destinationPort: 80, flags });

  test('UDP, and amplifiers by their source port', () => {
    expect(count([udp(4000, 100), udp(123, 10), udp(53)], addresses.destination)).toEqual({
      packets: 3,
      bytes: 3 * (ipBytes + 8) + 110,
      udpPackets: 3,
      udpBytes: 3 * (ipBytes + 8) + 110,
      udpAmplifierPackets: 2,
      udpAmplifierBytes: 2 * (ipBytes + 8) + 10,
      udpDnsPackets: 1,
      udpDnsBytes: ipBytes + 8,
    });
  });

  test('TCP by its flags', () => {
    const [fin, syn, rst, ack] = [1, 2, 4, 16];
    const seen = count(
      [syn, syn, syn | ack, ack, rst, fin | ack, 0, syn | fin].map(tcp),
      addresses.destination,
    );
    const bytes = 8 * (ipBytes + 20);
    expect(seen).toEqual({
      ...{ packets: 8, bytes, tcpPackets: 8, tcpBytes: bytes },
      ...{ tcpSyn: 2, tcpSynAck: 1, tcpAck: 1, tcpRst: 1, tcpFin: 2, tcpInvalid: 2 },
    });
  });

  test('ICMP by its type, the other version’s types left out', () => {
    const types = [8, 8, 0, 3, 128, 128, 129, 1, 5];
    const seen = count(
      types.map((type) => buildIcmp({ ...addresses, type })),
      addresses.destination,
    );
    const bytes = types.length * (ipBytes + 8);
    expect(seen).toEqual({
      ...{ packets: 9, bytes, icmpPackets: 9, icmpBytes: bytes },
      ...{ icmpEchoRequests: 2, icmpEchoReplies: 1, icmpUnreachable: 1 },
    });
    const cut = buildIp(addresses, name === 'IPv4' ? 1 : 58, Uint8Array.of(name === 'IPv4' ? 8 : 128, 0, 0));
    expect(count([cut], addresses.destination)).toEqual({
      ...{ packets: 1, bytes: ipBytes + 3, icmpPackets: 1, icmpBytes: ipBytes + 3 },
    });
  });

  test('other protocols, GRE and ESP among them', () => {
    const other = (protocol: number) => buildIp(addresses, protocol, new Uint8Array(12));
    const bytes = 4 * (ipBytes + 12);
    expect(count([47, 47, 50, 132].map(other), addresses.destination)).toEqual({
      ...{ packets: 4, bytes, otherPackets: 4, otherBytes: bytes },
      ...{ grePackets: 2, espPackets: 1 },
    });
  });

  test('fragments, the later ones by protocol only', () => {
    const fragment = (offsetBytes: number, more: boolean) =>
      buildIp({ ...addresses, fragment: { offsetBytes, more } }, 17, udp(53, 16).subarray(ipBytes));
    const seen = count([fragment(0, true), fragment(24, false)], addresses.destination);
    expect(seen).toMatchObject({ packets: 2, fragments: 2, udpPackets: 2, udpDnsPackets: 1 });
  });

  test('behind one and two VLAN tags; with three it is nobody’s', () => {
    expect(count([udp(1)], addresses.destination, { vlans: [7] })).toMatchObject({
      packets: 1,
      udpPackets: 1,
    });
    expect(count([udp(1)], addresses.destination, { vlans: [7, 8] })).toMatchObject({
      packets: 1,
      udpPackets: 1,
    });
    expect(count([udp(1)], addresses.destination, { vlans: [7, 8, 9] })).toEqual({});
  });

  test('a padded frame counts the packet, a lying header what arrived', () => {
    expect(count([udp(1)], addresses.destination, { paddedTo: 200 })).toMatchObject({ bytes: ipBytes + 8 });
    const lying = udp(1, 50);
    new DataView(lying.buffer).setUint16(name === 'IPv4' ? 2 : 4, 60_000);
    expect(count([lying], addresses.destination)).toMatchObject({ packets: 1, bytes: ipBytes + 58 });
  });

  test('a transport header that is cut off has no ports and no flags', () => {
    const cut = buildIp(addresses, 6, tcp(2).subarray(ipBytes, ipBytes + 13));
    expect(count([cut], addresses.destination)).toEqual({
      ...{ packets: 1, bytes: ipBytes + 13, tcpPackets: 1, tcpBytes: ipBytes + 13 },
    });
  });
});

test('IPv4 options and IPv6 extension headers are skipped', () => {
  const plain = buildUdp({ ...v4, sourcePort: 53, destinationPort: 9 });
  const options = Uint8Array.from([0x46, ...plain.subarray(1, 20), 1, 1, 1, 1, ...plain.subarray(20)]);
  new DataView(options.buffer).setUint16(2, options.length);
  expect(count([options], v4.destination)).toMatchObject({ packets: 1, bytes: 32, udpDnsPackets: 1 });

  const udp = buildUdp({ ...v6, sourcePort: 53, destinationPort: 9 }).subarray(40);
  const header = (next: number) => [next, 0, 1, 4, 0, 0, 0, 0];
  const chained = buildIp(v6, 0, Uint8Array.from([...header(60), ...header(43), ...header(17), ...udp]));
  expect(count([chained], v6.destination)).toMatchObject({
    packets: 1,
    bytes: 40 + 24 + 8,
    udpDnsPackets: 1,
  });
});

test('what is not addressed to a protected prefix is not counted', () => {
  source.read();
  const strangers = [
    buildUdp({ ...v4, destination: '203.0.114.5', sourcePort: 1, destinationPort: 2 }),
    buildUdp({ ...v6, destination: '2001:db8:114::5', sourcePort: 1, destinationPort: 2 }),
  ];
  bed.see(source, strangers);
  const reading = source.read();
  expect(reading.targets).toEqual([]);
  expect(reading.uncountedPackets).toBe(0);
});

/** A small linear congruential generator: the same packets in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomPacket(random: (below: number) => number): Uint8Array {
  const addresses = random(2) === 0 ? v4 : v6;
  const fields = { ...addresses, destination: `${addresses.destination.slice(0, -1)}${random(9) + 1}` };
  const ports = {
    ...fields,
    sourcePort: [53, 123, 11211, 443, 40_000][random(5)]!,
    destinationPort: random(65_536),
  };
  const payload = new Uint8Array(random(600));
  const whole = [
    () => buildUdp({ ...ports, payload }),
    () => buildTcp({ ...ports, flags: random(256), payload }),
    () => buildIcmp({ ...fields, type: random(256) }),
    () =>
      buildIp({ ...fields, fragment: { offsetBytes: random(3) * 8, more: random(2) === 0 } }, 17, payload),
    () => buildIp(fields, random(256), payload),
  ][random(5)]!();
  return random(4) === 0 ? whole.subarray(0, Math.max(1, random(whole.length + 1))) : whole;
}

test('counts what the engine’s own parser counts, packet by packet', () => {
  const random = seeded(20261);
  const expected = new Map<string, Float64Array>();
  source.read();
  for (let index = 0; index < 20_000; index++) {
    const packet = randomPacket(random);
    bed.see(source, [packet]);
    const parsed = parsePacket(packet);
    if (parsed === null) continue;
    const counts = expected.get(destinationOf(parsed)) ?? new Float64Array(counterNames.length);
    expected.set(destinationOf(parsed), counts);
    countPacket(counts, parsed, Math.min(parsed.length, packet.length));
  }
  const reading = source.read();
  const seen = new Map(reading.targets.map(({ target, counts }) => [target, counts.slice()]));
  expect([...seen.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [target, counts] of expected) expect(seen.get(target), target).toEqual(counts);
});
