import type { Bundle } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { SeededRandom, gamePlayers, generate, udpFlood } from './generator/index.ts';
import type { TrafficSource } from './generator/index.ts';
import { buildUdp } from './packet/index.ts';
import { Simulation, bundle } from './simulation.contract.ts';

const target = '203.0.113.10';
const perSecond = 10_000;
const [threshold] = bundle.thresholds;
const policy: Bundle = {
  ...bundle,
  thresholds: [
    {
      ...threshold!,
      floorPacketsPerSecond: 5000,
      ceiling: { burstMs: 100, limits: [{ class: 'packets', perSecond }] },
    },
  ],
};
const random = new SeededRandom('ceiling');

/** Every 20 µs a datagram of any length, to any port, from a sender that is really there: like no attack that is known. */
const shapeless = (startNs: number, endNs: number): TrafficSource => ({
  packets: (fromNs, toNs) => {
    const first = Math.ceil(Math.max(fromNs, startNs) / gapNs);
    const count = Math.max(0, Math.ceil(Math.min(toNs, endNs) / gapNs) - first);
    return Array.from({ length: count }, (_, index) => ({
      target,
      atNs: (first + index) * gapNs,
      bytes: buildUdp({
        source: `100.64.${random.integer(0, 15)}.${random.integer(1, 254)}`,
        ttl: 64 - random.integer(5, 20),
        destination: target,
        sourcePort: random.integer(1024, 65_535),
        destinationPort: random.integer(1, 65_535),
        payload: new Uint8Array(random.integer(0, 1400)),
      }),
      label: 'attack' as const,
    }));
  },
});
const gapNs = 20_000;

function run(mode: Bundle['mode'], sources: Parameters<typeof generate>[0]['sources'], durationMs: number) {
  const simulation = new Simulation('ceiling', { ...policy, mode });
  for (const { reading } of generate({ seed: 'ceiling', sources, durationMs })) simulation.tick(reading);
  // Nothing comes any more, for longer than any release.
  for (let tick = 1; tick <= 700; tick++) {
    const atNs = durationMs * 1e6 + tick * 100e6;
    const nothing = { targets: [], samples: [], samplesLost: 0, uncountedPackets: 0 };
    simulation.tick({ atNs, intervalNs: 100e6, ...nothing });
  }
  return simulation;
}

describe.each(['enforce', 'observe'] as const)('a ceiling in %s mode', (mode) => {
  it('opens, in the first window above it, an incident that names it, and closes it', () => {
    const simulation = run(mode, [shapeless(500e6, 1500e6)], 2000);
    expect(simulation.kinds()).toEqual([
      'incident.opened',
      'action.ceiling',
      'action.ceiling',
      'incident.closed',
    ]);
    const [opened, began, ended, closed] = simulation.audit;
    expect(opened).toMatchObject({
      body: {
        ...{ target, family: 'unclassified', reasons: [expect.stringContaining('above a ceiling')] },
        evidence: {
          ceiling: { threshold: 'default', exceeded: [{ class: 'packets', perSecond, packets: '4000' }] },
        },
      },
    });
    expect(began).toMatchObject({ body: { phase: 'began', mode, packets: '4000' } });
    expect(ended).toMatchObject({ body: { phase: 'ended', mode, packets: '40000', durationMs: 900 } });
    const droppedPackets = mode === 'enforce' ? '40000' : '0';
    expect(closed).toMatchObject({ body: { reason: 'quiet', droppedPackets } });
    expect(simulation.installed).toEqual([]);
  });
});

it('leaves the classifier its say: an attack that it knows is named, and answered by a rule', () => {
  const flood = udpFlood({
    ...{ target, random, startNs: 2e9, endNs: 3e9, packetsPerSecond: 100_000 },
    payloadBytes: { from: 512, to: 512 },
    port: 27_015,
  });
  const players = gamePlayers({ target, random, players: 50, packetsPerSecond: 1000 });
  const simulation = run('enforce', [players, flood], 3000);
  expect(simulation.kinds().slice(0, 2)).toEqual(['incident.opened', 'action.intent']);
  expect(simulation.kinds().filter((kind) => kind === 'action.ceiling')).toHaveLength(2);
  expect(simulation.audit[0]).toMatchObject({
    body: { family: 'udp_flood', evidence: { ceiling: { threshold: 'default' } } },
  });
});

it('holds nobody who stays below it', () => {
  const players = gamePlayers({ target, random, players: 100, packetsPerSecond: 4000 });
  expect(run('enforce', [players], 3000).audit).toEqual([]);
});
