import { digestOf, families } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { destinationOf, isDnsAnswer, parsePacket, sourceOf, tcpFlag } from '../../packet/index.ts';
import type { Packet } from '../../packet/index.ts';
import { foldChecksum, sumWords, transportChecksum } from '../../packet/checksum.ts';
import { mainKinds } from '../legitimate/mix.ts';
import { SeededRandom } from '../random.ts';
import { attackFamilies, attackFamily, attackScene, attackTraffic } from './index.ts';
import type { AttackShape } from './index.ts';

const targets = ['203.0.113.10', '2001:db8::10'];
const draws = 4;
const packetsPerDraw = 60;

const drawn = (name: string, target: string, draw: number): AttackShape =>
  attackFamily(name).draw(new SeededRandom(`${name} ${target} ${draw}`), attackScene(target));

function take(shape: AttackShape, count = packetsPerDraw): Uint8Array[] {
  const packets: Uint8Array[] = [];
  while (packets.length < count) packets.push(...shape.packets());
  return packets;
}

const cases = attackFamilies.flatMap(({ name, isIpv4Only }) =>
  targets
    .filter((target) => isIpv4Only !== true || !target.includes(':'))
    .map((target) => ({ name, target })),
);

describe('the registry', () => {
  it('has every family that a policy can name, once', () => {
    expect(attackFamilies.map(({ name }) => name).sort()).toEqual([...families].sort());
  });

  it('aims at roles that servers have', () => {
    const roles = mainKinds.map(({ name }) => name);
    for (const { aimedAt = [] } of attackFamilies) for (const role of aimedAt) expect(roles).toContain(role);
  });

  it('says so when it is asked for another', () => {
    expect(() => attackFamily('slow_loris')).toThrow(RangeError);
  });
});

describe.each(cases)('$name on $target', ({ name, target }) => {
  it('is made of packets that are valid down to their checksums, for the target', () => {
    for (let draw = 0; draw < draws; draw++) {
      const shape = drawn(name, target, draw);
      expect(JSON.parse(JSON.stringify(shape.parameters))).toEqual(shape.parameters);
      expect(
        take(shape).flatMap((bytes) => wrongWith(bytes, shape.isPrefixWide === true ? null : target)),
      ).toEqual([]);
    }
  });

  it('is the same for the same seed, and another for another', () => {
    const digest = (draw: number) =>
      digestOf(
        take(drawn(name, target, draw))
          .map((bytes) => Buffer.from(bytes).toString('hex'))
          .join(' '),
      );
    expect(digest(1)).toBe(digest(1));
    expect(digest(1)).not.toBe(digest(2));
  });
});

function wrongWith(bytes: Uint8Array, target: string | null): string[] {
  const packet = parsePacket(bytes);
  if (packet === null) return ['no packet'];
  return [
    ...(packet.length === bytes.length ? [] : ['length']),
    ...(bytes.length <= 1500 ? [] : [`${bytes.length} bytes`]),
    ...(target === null || destinationOf(packet) === target ? [] : ['destination']),
    ...(checksumsHold(packet, bytes) ? [] : ['checksum']),
  ];
}

function checksumsHold(packet: Packet, bytes: Uint8Array): boolean {
  if (packet.version === 4 && foldChecksum(sumWords(bytes, 0, 20)) !== 0) return false;
  if (packet.fragment !== 'none' || ![1, 6, 17, 58].includes(packet.protocol)) return true;
  const segment = bytes.subarray(packet.version === 4 ? 20 : 40);
  if (packet.protocol === 1) return foldChecksum(sumWords(segment, 0, segment.length)) === 0;
  const [from, to] = packet.version === 4 ? [12, 16] : [8, 24];
  const length = to - from;
  const source = bytes.subarray(from, from + length);
  const destination = bytes.subarray(to, to + length);
  return transportChecksum(source, destination, packet.protocol, segment) === 0;
}

/** Packets of many draws, read. */
const seen = (name: string, target = '203.0.113.10', count = 12): Packet[] =>
  Array.from({ length: count }, (_, draw) => take(drawn(name, target, draw), 30))
    .flat()
    .map((bytes) => parsePacket(bytes)!);

describe('what families are made of', () => {
  const { syn, ack, rst, fin } = tcpFlag;
  const flagsOf = (name: string) =>
    new Set(seen(name).map(({ tcpFlags }) => tcpFlags! & (syn | ack | rst | fin)));

  it('requests, acknowledgements, resets and ends of connections', () => {
    expect(flagsOf('syn_flood')).toEqual(new Set([syn]));
    expect(flagsOf('ack_flood')).toEqual(new Set([ack]));
    expect(flagsOf('rst_flood')).toEqual(new Set([rst, rst | ack]));
    expect(flagsOf('fin_flood')).toEqual(new Set([fin, fin | ack]));
    expect(flagsOf('syn_ack_reflection')).toEqual(new Set([syn | ack, rst | ack]));
    expect(flagsOf('tcp_invalid_flags')).not.toContain(syn);
    expect(flagsOf('tcp_invalid_flags')).not.toContain(ack);
  });

  it('protocols that are what the family says', () => {
    const protocols = (name: string) => new Set(seen(name).map(({ protocol }) => protocol));
    expect(protocols('gre_flood')).toEqual(new Set([47]));
    expect(protocols('esp_flood')).toEqual(new Set([50]));
    expect(protocols('icmp_flood')).toEqual(new Set([1]));
    for (const protocol of protocols('protocol_flood'))
      expect([1, 6, 17, 47, 50, 58]).not.toContain(protocol);
    expect(protocols('ip_fragment_flood')).not.toContain(17);
  });

  it('fragments, and nothing but fragments', () => {
    for (const name of ['udp_fragment_flood', 'ip_fragment_flood'])
      expect(seen(name).filter(({ fragment }) => fragment === 'none')).toEqual([]);
  });

  it.each([
    ['dns', 53],
    ['ntp', 123],
    ['snmp', 161],
    ['memcached', 11211],
    ['cldap', 389],
    ['chargen', 19],
    ['dvr_dhcp', 37810],
  ])('%s answers from port %i, never shorter than its question', (service, port) => {
    const whole = seen(`${service}_amplification`).filter(({ fragment }) => fragment !== 'trailing');
    expect(new Set(whole.map(({ sourcePort }) => sourcePort))).toEqual(new Set([port]));
    expect(Math.min(...whole.map(({ length }) => length))).toBeGreaterThanOrEqual(40);
  });

  it('DNS answers that are DNS answers, in fragments where they are long', () => {
    const packets = seen('dns_amplification');
    expect(packets.filter(({ fragment }) => fragment !== 'trailing').every(isDnsAnswer)).toBe(true);
    expect(packets.some(({ fragment }) => fragment === 'trailing')).toBe(true);
  });

  it('handshakes in order', () => {
    const unasked: string[] = [];
    for (let draw = 0; draw < 5; draw++) {
      const asked = new Set<string>();
      for (const bytes of take(drawn('tcp_connection_flood', '203.0.113.10', draw), 2000)) {
        const packet = parsePacket(bytes)!;
        const connection = `${sourceOf(packet)} ${packet.sourcePort}`;
        if (packet.tcpFlags === syn) asked.add(connection);
        else if (!asked.has(connection)) unasked.push(connection);
      }
    }
    expect(unasked).toEqual([]);
  });

  it('many hosts of one /24', () => {
    const hosts = new Set(seen('carpet_bombing').map(destinationOf));
    expect(hosts.size).toBeGreaterThan(60);
    for (const host of hosts) expect(host).toMatch(/^203\.0\.113\.\d+$/);
  });

  it('vectors that are all there', () => {
    for (let draw = 0; draw < 10; draw++) {
      const shape = drawn('multi_vector', '203.0.113.10', draw);
      const vectors = shape.parameters['vectors'] as readonly { family: string; share: number }[];
      expect(new Set(vectors.map(({ family }) => family)).size).toBe(vectors.length);
      expect(vectors.length).toBeGreaterThanOrEqual(2);
      expect(vectors.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
      for (const { share } of vectors) expect(share).toBeGreaterThan(0.1);
    }
  });
});

describe('an attack as traffic', () => {
  const timing = { target: '203.0.113.10', packetsPerSecond: 10_000, startNs: 1e9, endNs: 2e9 };
  const sent = (shape: AttackShape) => {
    const source = attackTraffic(shape, timing);
    return Array.from({ length: 25 }, (_, window) =>
      source.packets(window * 100e6, (window + 1) * 100e6),
    ).flat();
  };

  it('comes at its rate, fragments included, from its start to its end', () => {
    const packets = sent(drawn('udp_fragment_flood', '203.0.113.10', 1));
    expect(packets).toHaveLength(10_000);
    expect(packets.every(({ label }) => label === 'attack')).toBe(true);
    expect(packets.every(({ atNs }) => atNs >= 1e9 && atNs < 2e9)).toBe(true);
  });

  it('names the host that each packet is for', () => {
    const packets = sent(drawn('carpet_bombing', '203.0.113.10', 1));
    expect(packets.map(({ target }) => target)).toEqual(
      packets.map(({ bytes }) => destinationOf(parsePacket(bytes)!)),
    );
  });

  it('rests between pulses', () => {
    const shape = { ...drawn('udp_flood', '203.0.113.10', 1), pulses: { onMs: 200, offMs: 300 } };
    const packets = sent(shape);
    expect(packets).toHaveLength(4000);
    expect(Math.max(...packets.map(({ atNs }) => (atNs / 1e6) % 500))).toBeLessThan(200);
  });
});
