/**
 * Seeded traffic over the floor that is no attack: it may be looked at, but nothing may be dropped, by no rule and by no
 * ceiling.
 */
import { describe, expect, it } from 'vitest';
import {
  SeededRandom,
  dnsAnswers,
  gamePlayers,
  generate,
  mixedUdp,
  pings,
  quicDownload,
  webSessions,
} from './generator/index.ts';
import type { Rate, TrafficSource } from './generator/index.ts';
import { Simulation, bundle } from './simulation.contract.ts';

const isFull = process.env['TIDEGATE_TEST_FULL'] === '1';
const seeds = Array.from({ length: isFull ? 10 : 1 }, (_, index) => `benign-${index}`);
const windowMs = 100;
/** The short run sends a fifth of the traffic over a fifth of the floor: rates and shares stay what they are. */
const scale = isFull ? 1 : 0.2;
const floorPacketsPerSecond = 20_000 * scale;
const [threshold] = bundle.thresholds;
const policy = {
  ...bundle,
  thresholds: [
    {
      ...threshold!,
      floorPacketsPerSecond,
      floorBitsPerSecond: 200_000_000 * scale,
      // As for a server whose busiest hour is known: some two and a half times that.
      ceiling: {
        burstMs: 100,
        limits: [
          { class: 'packets' as const, perSecond: 100_000 * scale },
          { class: 'syn' as const, perSecond: 6000 * scale },
        ],
      },
    },
  ],
};

/** Grows from `from` to `to` arrivals/s within `overMs`, starting after two quiet seconds. */
const growing =
  (from: number, to: number, overMs: number): Rate =>
  (atNs) =>
    scale * (from + (to - from) * Math.min(1, Math.max(0, (atNs - 2e9) / (overMs * 1e6))));

/** At once, after `afterMs`. */
const suddenly =
  (to: number, afterMs = 3000): Rate =>
  (atNs) =>
    atNs >= afterMs * 1e6 ? scale * to : 0;

type Scenario = (target: string, random: SeededRandom) => TrafficSource[];

const everyday: Scenario = (target, random) => [
  webSessions({ target, random, sessionsPerSecond: 60 * scale }),
  gamePlayers({ target, random, players: 50, packetsPerSecond: 1000 * scale }),
  dnsAnswers({ target, random, packetsPerSecond: 20 * scale }),
  pings({ target, random, packetsPerSecond: 10 * scale }),
];

const scenarios: Record<string, Scenario> = {
  'every day': everyday,
  'a flash crowd of browsers': (target, random) => [
    ...everyday(target, random),
    webSessions({ target, random, clients: 50_000, sessionsPerSecond: growing(60, 2500, 5000) }),
  ],
  'a flash crowd that is there at once': (target, random) => [
    ...everyday(target, random),
    webSessions({ target, random, clients: 50_000, sessionsPerSecond: suddenly(2000) }),
  ],
  'the launch of a game': (target, random) => [
    ...everyday(target, random),
    gamePlayers({ target, random, players: 20_000, port: 7777, packetsPerSecond: growing(0, 35_000, 8000) }),
  ],
  'a download over QUIC': (target, random) => [
    ...everyday(target, random),
    quicDownload({ target, random, packetsPerSecond: suddenly(40_000) }),
  ],
  'a backup in four flows': (target, random) => [
    ...everyday(target, random),
    quicDownload({ target, random, flows: 4, packetsPerSecond: suddenly(30_000) }),
  ],
  'every kind of UDP behind a large NAT': (target, random) => [
    ...everyday(target, random),
    mixedUdp({ target, random, packetsPerSecond: suddenly(35_000) }),
  ],
  'a busy resolver': (target, random) => [
    ...everyday(target, random),
    dnsAnswers({ target, random, packetsPerSecond: growing(100, 30_000, 6000) }),
  ],
  'busy from the start': (target, random) => [
    webSessions({ target, random, clients: 50_000, sessionsPerSecond: 1500 * scale }),
    gamePlayers({ target, random, players: 5000, packetsPerSecond: 15_000 * scale }),
  ],
};

/** Windows of the scenarios together, for each seed. */
const windowsMin = 1000;
const durationMs = Math.ceil(windowsMin / Object.keys(scenarios).length / 10) * 10 * windowMs;

describe.each(seeds)('benign traffic, seed %s', (seed) => {
  it.each(Object.entries(scenarios))('%s: no rule is installed', (name, scenario) => {
    const target = new SeededRandom(`${seed} ${name}`).chance(0.5) ? '203.0.113.10' : '2001:db8::10';
    const sources = scenario(target, new SeededRandom(`${seed} ${name} traffic`));
    const simulation = new Simulation(seed, policy);
    let busiest = 0;
    for (const { reading, packets } of generate({ seed, sources, durationMs, windowMs })) {
      busiest = Math.max(busiest, packets.length * (1000 / windowMs));
      simulation.tick(reading);
    }
    const seen = simulation.audit.map(({ kind, body }) => `${kind} ${JSON.stringify(body)}`);
    expect(simulation.installed, seen.join('\n')).toEqual([]);
    expect(
      simulation.audit.filter(({ kind }) => kind.startsWith('action.')),
      seen.join('\n'),
    ).toEqual([]);
    if (name !== 'every day') expect(busiest).toBeGreaterThan(floorPacketsPerSecond);
  });
});
