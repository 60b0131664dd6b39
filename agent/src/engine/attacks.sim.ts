/** Seeded attacks among normal traffic, through the whole engine, judged by the labels of every packet. */
import { describe, expect, it } from 'vitest';
import {
  SeededRandom,
  dnsAmplification,
  dnsAnswers,
  gamePlayers,
  generate,
  pings,
  synFlood,
  udpFlood,
  webSessions,
} from './generator/index.ts';
import type { GeneratedPacket, TrafficSource } from './generator/index.ts';
import { compileMatch, parsePacket } from './packet/index.ts';
import { Simulation } from './simulation.contract.ts';

const isFull = process.env['TIDEGATE_TEST_FULL'] === '1';
const seeds = Array.from({ length: isFull ? 40 : 3 }, (_, index) => `attack-${index}`);
const windowMs = 100;

function normalTraffic(target: string, random: SeededRandom): TrafficSource[] {
  const players = random.integer(20, 200);
  return [
    webSessions({ target, random, sessionsPerSecond: random.integer(20, 150) }),
    gamePlayers({ target, random, players, packetsPerSecond: players * 20 }),
    dnsAnswers({ target, random, packetsPerSecond: random.integer(5, 60) }),
    pings({ target, random, packetsPerSecond: 10 }),
  ];
}

type Draw = (target: string, random: SeededRandom, startNs: number) => TrafficSource;

const timing = (target: string, random: SeededRandom, startNs: number, packetsPerSecond: number) => ({
  target,
  random,
  startNs,
  endNs: startNs + 1e9,
  packetsPerSecond,
});

const attacks: Record<string, Draw> = {
  syn_flood: (target, random, startNs) =>
    synFlood({
      ...timing(target, random, startNs, random.integer(40_000, 250_000)),
      port: random.pick([443, 80, 22, 25565]),
    }),
  dns_amplification: (target, random, startNs) => {
    const from = random.integer(900, 1300);
    const messageBytes = { from, to: from + random.integer(0, 200) };
    const packetsPerSecond = random.integer(40_000, 120_000);
    const port = random.pick([null, 80, 53]);
    return dnsAmplification({
      ...timing(target, random, startNs, packetsPerSecond),
      reflectors: random.integer(100, 4000),
      messageBytes,
      port,
    });
  },
  udp_flood: (target, random, startNs) => {
    const from = random.pick([0, 18, 512, 1024, 1400]);
    const packetsPerSecond = random.integer(40_000, 250_000);
    const port = random.pick([null, 27015, 80, 9987]);
    return udpFlood({
      ...timing(target, random, startNs, packetsPerSecond),
      payloadBytes: { from, to: from },
      port,
    });
  },
};

interface Outcome {
  readonly family: string | null;
  readonly delayMs: number;
  readonly coverage: number;
  readonly collateral: number;
}

function attackOnce(seed: string, family: string, target: string): Outcome {
  const random = new SeededRandom(`${seed} ${family} ${target}`);
  const startNs = 3e9 + random.float() * 1e9;
  const sources = [...normalTraffic(target, random), attacks[family]!(target, random, startNs)];
  const simulation = new Simulation(seed);
  const packets: GeneratedPacket[] = [];
  for (const window of generate({ seed, sources, durationMs: startNs / 1e6 + 5 * windowMs, windowMs })) {
    packets.push(...window.packets);
    simulation.tick(window.reading);
  }
  const [first] = simulation.installed;
  const intent = simulation.audit.find(({ kind }) => kind === 'incident.opened');
  if (first === undefined || intent?.kind !== 'incident.opened')
    return { family: null, delayMs: Infinity, coverage: 0, collateral: 0 };
  const hits = compileMatch(first.rule.match);
  const shareHit = (label: string): number => {
    const of = packets.filter((packet) => packet.label === label);
    return of.filter(({ bytes }) => hits(parsePacket(bytes)!)).length / of.length;
  };
  const delayMs = (first.atNs - startNs) / 1e6;
  return {
    family: intent.body.family,
    delayMs,
    coverage: shareHit('attack'),
    collateral: shareHit('legitimate'),
  };
}

describe.each(['203.0.113.10', '2001:db8::10'])('attacks on %s', (target) => {
  it.each(Object.keys(attacks).flatMap((family) => seeds.map((seed) => ({ family, seed }))))(
    '$family, seed $seed: named and answered within two windows, by a rule that spares real users',
    ({ family, seed }) => {
      const outcome = attackOnce(seed, family, target);
      expect(outcome.family).toBe(family);
      expect(outcome.delayMs).toBeLessThanOrEqual(2 * windowMs);
      expect(outcome.coverage).toBeGreaterThanOrEqual(0.95);
      expect(outcome.collateral).toBeLessThanOrEqual(0.005);
    },
  );
});
