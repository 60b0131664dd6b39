import { digestOf } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { destinationOf, parsePacket, sourceOf } from '../packet/index.ts';
import { foldChecksum, sumWords, transportChecksum } from '../packet/checksum.ts';
import { recordedLine } from '../recording/index.ts';
import { counter } from '../types.ts';
import {
  SeededRandom,
  dnsAmplification,
  dnsAnswers,
  gamePlayers,
  generate,
  mixedUdp,
  pings,
  quicDownload,
  synFlood,
  udpFlood,
  webSessions,
} from './index.ts';
import type { GeneratedPacket, TrafficSource } from './index.ts';
import { Sampler } from './sampler.ts';

const everything = (target: string, seed: string): TrafficSource[] => {
  const random = new SeededRandom(seed);
  const at = { target, random, startNs: 300e6, endNs: 500e6, packetsPerSecond: 3000 };
  return [
    webSessions({ target, random, sessionsPerSecond: 50 }),
    gamePlayers({ target, random, players: 20, packetsPerSecond: 500 }),
    dnsAnswers({ target, random, packetsPerSecond: 100 }),
    pings({ target, random, packetsPerSecond: 50 }),
    quicDownload({ target, random, packetsPerSecond: 100 }),
    mixedUdp({ target, random, packetsPerSecond: 100 }),
    synFlood({ ...at, port: 443 }),
    dnsAmplification({ ...at, reflectors: 50, messageBytes: { from: 1000, to: 1200 }, port: null }),
    udpFlood({ ...at, port: 53, payloadBytes: { from: 0, to: 33 } }),
  ];
};

const run = (target: string, seed: string) => [
  ...generate({ seed, sources: everything(target, seed), durationMs: 800 }),
];

/** Every packet's time and bytes, and every reading, in one digest: comparing them one by one takes seconds. */
function fingerprint(target: string, seed: string): string {
  const lines = run(target, seed).map(({ packets, reading }) => [
    ...packets.map(({ atNs, bytes }) => `${atNs} ${Buffer.from(bytes).toString('hex')}`),
    recordedLine(reading),
  ]);
  return digestOf(lines.flat().join('\n'));
}

describe.each(['203.0.113.10', '2001:db8::10'])('traffic to %s', (target) => {
  it('is the same for the same seed, and another for another', () => {
    expect(fingerprint(target, 'a')).toBe(fingerprint(target, 'a'));
    expect(fingerprint(target, 'a')).not.toBe(fingerprint(target, 'b'));
  });

  it('is valid down to its checksums, to the target or from it, and in order', () => {
    let beforeNs = 0;
    for (const { bytes, atNs, direction } of run(target, 'a').flatMap(({ packets }) => packets)) {
      const packet = parsePacket(bytes)!;
      expect(packet.length).toBe(bytes.length);
      expect((direction === 'out' ? sourceOf : destinationOf)(packet)).toBe(target);
      expect(checksumsHold(bytes, packet.version, packet.protocol)).toBe(true);
      expect(atNs).toBeGreaterThanOrEqual(beforeNs);
      beforeNs = atNs;
    }
  });

  it('says by its labels what is an attack, and when', () => {
    const attack = run(target, 'a').flatMap(({ packets }) =>
      packets.filter(({ label }) => label === 'attack'),
    );
    expect(attack).toHaveLength(3 * 600);
    for (const { atNs } of attack) expect(atNs >= 300e6 && atNs < 500e6).toBe(true);
  });

  it('is counted as it is', () => {
    for (const { reading, packets } of run(target, 'a')) {
      const [row, ...others] = reading.targets;
      expect(others).toEqual([]);
      const going = (way: 'in' | 'out') => packets.filter(({ direction = 'in' }) => direction === way);
      const bytesOf = (some: GeneratedPacket[]) => some.reduce((sum, { bytes }) => sum + bytes.length, 0);
      expect(row!.counts[counter.packets]).toBe(going('in').length);
      expect(row!.counts[counter.bytes]).toBe(bytesOf(going('in')));
      expect(row!.counts[counter.outPackets]).toBe(going('out').length);
      expect(row!.counts[counter.outBytes]).toBe(bytesOf(going('out')));
    }
  });
});

function checksumsHold(bytes: Uint8Array, version: 4 | 6, protocol: number): boolean {
  if (version === 4 && foldChecksum(sumWords(bytes, 0, 20)) !== 0) return false;
  const segment = bytes.subarray(version === 4 ? 20 : 40);
  if (protocol === 1) return foldChecksum(sumWords(segment, 0, segment.length)) === 0;
  const [source, destination] =
    version === 4
      ? [bytes.subarray(12, 16), bytes.subarray(16, 20)]
      : [bytes.subarray(8, 24), bytes.subarray(24, 40)];
  return transportChecksum(source, destination, protocol, segment) === 0;
}

describe('sampling', () => {
  /** A steady stream for one second. */
  function* stream(packetsPerSecond: number): Generator<GeneratedPacket> {
    const bytes = new Uint8Array(200);
    for (let number = 0; number < packetsPerSecond; number++) {
      yield { target: 'a', atNs: (number * 1e9) / packetsPerSecond, bytes, label: 'legitimate' };
    }
  }
  const sampled = (packetsPerSecond: number) => {
    const sampler = new Sampler(new SeededRandom(`sampling ${packetsPerSecond}`));
    return [...stream(packetsPerSecond)].flatMap((packet) => sampler.sample(packet) ?? []);
  };

  it('takes every packet of a trickle, at most 128 bytes of each', () => {
    const samples = sampled(20);
    expect(samples).toHaveLength(20);
    for (const { rate, data, length } of samples)
      expect({ rate, bytes: data.length, length }).toEqual({ rate: 1, bytes: 128, length: 200 });
  });

  it.each([10_000, 200_000, 1_000_000])(
    'of %i packets/s is bounded, and the rates add up to what came',
    (packetsPerSecond) => {
      const samples = sampled(packetsPerSecond);
      expect(samples.length).toBeLessThan(2 * 5000);
      expect(samples.length).toBeGreaterThan(300);
      const estimate = samples.reduce((sum, { rate }) => sum + rate, 0);
      expect(Math.abs(estimate / packetsPerSecond - 1)).toBeLessThan(0.1);
    },
  );
});

describe('chance', () => {
  it('is even, and within its bounds', () => {
    const random = new SeededRandom('even');
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw++) counts[random.integer(0, 9)]! += 1;
    for (const count of counts) expect(Math.abs(count / 10_000 - 1)).toBeLessThan(0.05);
    expect(random.hex(8)).toMatch(/^[0-9a-f]{16}$/);
    const mean =
      Array.from({ length: 20_000 }, () => random.exponential(5)).reduce((sum, value) => sum + value, 0) /
      20_000;
    expect(Math.abs(mean / 5 - 1)).toBeLessThan(0.05);
  });
});
