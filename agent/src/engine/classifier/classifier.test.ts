import type { Evidence } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import {
  SeededRandom,
  dnsAmplification,
  dnsAnswers,
  gamePlayers,
  mixedUdp,
  quicDownload,
  synFlood,
  udpFlood,
  webSessions,
} from '../generator/index.ts';
import type { TrafficSource } from '../generator/index.ts';
import { compileMatch, synOptions } from '../packet/index.ts';
import { counterNames } from '../types.ts';
import type { Attack, Deviation, Sample, TargetWindow } from '../types.ts';
import { classify } from './index.ts';

const windowNs = 100e6;
/** Long enough ago that every session of the quiet traffic is under way. */
const quietNs = 4e9;

interface Given {
  readonly target?: string;
  readonly quiet?: (target: string, random: SeededRandom) => TrafficSource[];
  readonly attack: (at: {
    target: string;
    random: SeededRandom;
    startNs: number;
    endNs: number;
  }) => TrafficSource[];
  /** Of the attack's packets, one in so many is sampled. */
  readonly rate?: number;
  /** When in the window it begins, ns. */
  readonly beginNs?: number;
}

const everyday = (target: string, random: SeededRandom): TrafficSource[] => [
  webSessions({ target, random, sessionsPerSecond: 60 }),
  dnsAnswers({ target, random, packetsPerSecond: 40 }),
];

const sampled = (sources: readonly TrafficSource[], fromNs: number, toNs: number, rate: number): Sample[] =>
  sources
    .flatMap((source) => source.packets(fromNs, toNs))
    .filter((_, index) => index % rate === 0)
    .map(({ target, atNs, bytes, label }) => ({
      target,
      atNs,
      length: bytes.length,
      rate,
      data: bytes.slice(0, 128),
      label,
    }))
    .sort((a, b) => a.atNs - b.atNs);

const secondsOf = (ns: number): number => ns / 1e9;

function situation({ target = '203.0.113.10', quiet = everyday, attack, rate = 64, beginNs = 0 }: Given): {
  window: TargetWindow;
  deviation: Deviation;
} {
  const random = new SeededRandom('classifier');
  const normal = quiet(target, random);
  const before = sampled(normal, 0, quietNs, 1);
  const sinceNs = quietNs + beginNs;
  const atNs = quietNs + windowNs;
  const now = [
    ...sampled(normal, quietNs, atNs, 1),
    ...sampled(attack({ target, random, startNs: sinceNs, endNs: atNs }), sinceNs, atNs, rate),
  ];
  const packetsPerSecond = now.reduce((sum, sample) => sum + sample.rate, 0) / secondsOf(windowNs);
  const evidence: Evidence = {
    metric: 'packets',
    value: packetsPerSecond,
    threshold: 20_000,
    packetsPerSecond,
    bitsPerSecond: 0,
    samples: now.length,
    windowMs: 100,
    firstPacketAt: null,
  };
  const window: TargetWindow = {
    target,
    atNs,
    intervalMs: 100,
    counts: new Float64Array(counterNames.length),
    packetsPerSecond,
    bitsPerSecond: 0,
    quietPacketsPerSecond: before.length === 0 ? null : before.length / secondsOf(quietNs),
    recentSamples: now.sort((a, b) => a.atNs - b.atNs),
    quietSamples: before.slice(-512),
  };
  const volume = {
    metric: evidence.metric,
    scaleMs: evidence.windowMs,
    value: evidence.value,
    limit: evidence.threshold,
    usual: null,
  };
  const found = { tier: 'B' as const, confidence: 0.5, volume, signals: [] };
  return { window, deviation: { target, ...found, evidence, threshold: 'default', sinceNs } };
}

function attacksIn(given: Given): Attack[] {
  const { window, deviation } = situation(given);
  return classify(window, deviation);
}

const packetsPerSecond = 200_000;
const syn: Given['attack'] = (at) => [synFlood({ ...at, packetsPerSecond, port: 443 })];
const dns: Given['attack'] = (at) => [
  dnsAmplification({
    ...at,
    packetsPerSecond,
    reflectors: 500,
    messageBytes: { from: 1100, to: 1300 },
    port: null,
  }),
];
const udp: Given['attack'] = (at) => [
  udpFlood({ ...at, packetsPerSecond, port: 27015, payloadBytes: { from: 512, to: 512 } }),
];

describe.each([
  { target: '203.0.113.10', host: '203.0.113.10/32', header: 20 },
  { target: '2001:db8::10', host: '2001:db8::10/128', header: 40 },
])('families on $target', ({ target, host, header }) => {
  it('names a SYN flood and spares requests with options', () => {
    const [attack, ...others] = attacksIn({ target, attack: syn });
    expect(others).toEqual([]);
    expect(attack).toMatchObject({ family: 'syn_flood', counter: 'tcpSyn', collateral: 0 });
    expect(attack!.confidence).toBeGreaterThan(0.9);
    expect(attack!.match).toEqual({
      destination: host,
      protocol: 6,
      tcpFlags: { mask: 23, value: 2 },
      destinationPorts: [{ from: 443, to: 443 }],
      packetLengths: [{ from: header + 20, to: header + 20 }],
    });
  });

  it('names DNS amplification, and takes long answers of any length', () => {
    const [attack] = attacksIn({ target, attack: dns });
    expect(attack).toMatchObject({ family: 'dns_amplification', counter: 'udpDnsPackets', collateral: 0 });
    const { match } = attack!;
    expect(match).toMatchObject({ destination: host, protocol: 17, sourcePorts: [{ from: 53, to: 53 }] });
    expect(match!.packetLengths![0]!.from).toBeLessThan(1000);
    expect(match!.packetLengths![0]!.to).toBe(65_535);
    expect(match!.destinationPorts).toBeUndefined();
  });

  it('names a UDP flood by its sameness', () => {
    const [attack] = attacksIn({ target, attack: udp });
    expect(attack).toMatchObject({ family: 'udp_flood', counter: 'udpPackets', collateral: 0 });
    expect(attack!.match).toEqual({
      destination: host,
      protocol: 17,
      destinationPorts: [{ from: 27015, to: 27015 }],
      packetLengths: [{ from: header + 520, to: header + 520 }],
    });
    expect(attack!.reasons.join('; ')).toMatch(/UDP: \d+\.\d kpps.*length \d+.*samples/);
  });

  it('names an attack that began a few milliseconds before the tick', () => {
    for (const attack of [syn, dns, udp]) {
      const [named] = attacksIn({ target, attack, beginNs: 88e6, rate: 32 });
      expect(named!.confidence).toBeGreaterThan(0.8);
    }
  });
});

describe('no rule that takes every connection', () => {
  it('is made of a flood that carries options as clients do', () => {
    const [attack] = attacksIn({
      attack: (at) => [synFlood({ ...at, packetsPerSecond, port: 443, options: synOptions.linux })],
    });
    expect(attack).toMatchObject({ family: 'syn_flood', match: null, collateral: null });
    expect(attack!.reasons.at(-1)).toMatch(/SYN proxy/);
  });

  it('is hidden by the little that connection requests are among all packets', () => {
    const segmentSize = Uint8Array.of(2, 4, 5, 180);
    const small = (
      at: { target: string; random: SeededRandom; startNs: number; endNs: number },
      rate: number,
    ) => synFlood({ ...at, packetsPerSecond: rate, port: 443, options: segmentSize });
    const [attack] = attacksIn({
      attack: (at) => [small(at, packetsPerSecond)],
      quiet: (target, random) => [
        ...everyday(target, random),
        small({ target, random, startNs: 0, endNs: Infinity }, 20),
      ],
    });
    expect(attack!.match!.packetLengths).toEqual([{ from: 44, to: 44 }]);
    expect(attack!.collateral).toBeGreaterThan(0.05);
  });

  it('is given up for the sake of port scanners', () => {
    const [attack] = attacksIn({
      attack: syn,
      quiet: (target, random) => [
        ...everyday(target, random),
        synFlood({ target, random, startNs: 0, endNs: Infinity, packetsPerSecond: 200, port: 22 }),
      ],
    });
    expect(attack).toMatchObject({ family: 'syn_flood', collateral: 0 });
    expect(attack!.match!.packetLengths).toEqual([{ from: 40, to: 40 }]);
  });
});

describe('a SYN proxy', () => {
  const options = synOptions.linux;
  const on =
    (...ports: number[]): Given['attack'] =>
    (at) =>
      ports.map((port) =>
        synFlood({ ...at, packetsPerSecond: packetsPerSecond / ports.length, port, options }),
      );

  it('is told the ports of the flood, where nothing else tells it from clients', () => {
    const [attack] = attacksIn({ attack: on(8443, 443, 80) });
    expect(attack).toMatchObject({ family: 'syn_flood', match: null });
    expect(attack!.proxy).toEqual({
      destination: '203.0.113.10/32',
      protocol: 6,
      destinationPorts: [80, 443, 8443].map((port) => ({ from: port, to: port })),
    });
  });

  it('is told them also where there is a rule', () => {
    const [attack] = attacksIn({ attack: syn });
    expect(attack!.match).not.toBeNull();
    expect(attack!.proxy?.destinationPorts).toEqual([{ from: 443, to: 443 }]);
  });

  it('is told nothing of a flood on more ports than it takes, nor of another family', () => {
    const many = Array.from({ length: 20 }, (_, index) => 1000 + index);
    expect(attacksIn({ attack: on(...many) })[0]).not.toHaveProperty('proxy');
    expect(attacksIn({ attack: udp })[0]).not.toHaveProperty('proxy');
  });
});

describe('several at once', () => {
  it('are named one by one, the surest first', () => {
    const both: Given['attack'] = (at) => [...dns(at), ...syn(at)];
    expect(
      attacksIn({ attack: both })
        .map(({ family }) => family)
        .sort(),
    ).toEqual(['dns_amplification', 'syn_flood']);
  });

  it('leave only the rest where a rule is in force', () => {
    const { window, deviation } = situation({ attack: (at) => [...dns(at), ...syn(at)] });
    const attacks = classify(window, deviation);
    const inForce = attacks.find(({ family }) => family === 'syn_flood')!;
    const rest = classify(window, deviation, [compileMatch(inForce.match!)]);
    expect(rest.map(({ family }) => family)).toEqual(['dns_amplification']);
    const all = attacks.map(({ match }) => compileMatch(match!));
    expect(classify(window, deviation, all)).toEqual([]);
  });

  it('tell how much may go on arriving in the counter of each', () => {
    const { window, deviation } = situation({ attack: (at) => [...dns(at), ...udp(at)] });
    const flood = classify(window, deviation).find(({ family }) => family === 'udp_flood')!;
    expect(flood.remainderPacketsPerSecond).toBeLessThan(packetsPerSecond / 100);
    const first = classify(window, deviation)[0]!;
    expect(first.remainderPacketsPerSecond).toBeLessThan(1.3 * packetsPerSecond);
  });
});

describe('what is no attack', () => {
  it.each<[string, Given['attack']]>([
    [
      'a crowd of browsers',
      ({ target, random }) => [webSessions({ target, random, sessionsPerSecond: 20_000 })],
    ],
    [
      'a crowd of players',
      ({ target, random }) => [gamePlayers({ target, random, players: 10_000, packetsPerSecond: 40_000 })],
    ],
    ['a download', ({ target, random }) => [quicDownload({ target, random, packetsPerSecond: 40_000 })]],
    ['a busy resolver', ({ target, random }) => [dnsAnswers({ target, random, packetsPerSecond: 40_000 })]],
    [
      'every kind of UDP, as it reaches a large NAT',
      ({ target, random }) => [mixedUdp({ target, random, packetsPerSecond: 40_000 })],
    ],
  ])('%s is not named', (_, attack) => {
    expect(attacksIn({ attack, rate: 16 }).filter(({ confidence }) => confidence >= 0.8)).toEqual([]);
  });

  it('few samples leave it to the next tick', () => {
    expect(attacksIn({ attack: udp, rate: 4000 })).toEqual([]);
  });

  it('without quiet traffic there is less confidence, and no collateral is known', () => {
    const [attack] = attacksIn({ attack: udp, quiet: () => [] });
    expect(attack).toMatchObject({ family: 'udp_flood', collateral: null });
    expect(attack!.confidence).toBeLessThan(0.9);
  });
});
