/**
 * Self-test: known floods through a fresh engine, before the first real packet is judged.
 *
 * It proves that this build, on this machine, still names what it must name and builds a rule for it. And it has the
 * engine's code compiled by then: in an interpreter that meets it for the first time, the first attack after a start
 * would wait more than 100 ms longer for its verdict than all later ones.
 */
import type { Bundle } from '@tidegate/schemas';
import { createEngine } from './engine.ts';
import {
  SeededRandom,
  dnsAmplification,
  generate,
  pings,
  synFlood,
  udpFlood,
  webSessions,
} from './generator/index.ts';
import type { AttackTiming, TrafficSource } from './generator/index.ts';

const floods: Record<string, (timing: AttackTiming) => TrafficSource> = {
  syn_flood: (timing) => synFlood({ ...timing, port: 443 }),
  udp_flood: (timing) => udpFlood({ ...timing, payloadBytes: { from: 512, to: 512 }, port: 27015 }),
  dns_amplification: (timing) =>
    dnsAmplification({ ...timing, reflectors: 200, messageBytes: { from: 1100, to: 1300 }, port: null }),
};
const targets = ['192.0.2.1', '2001:db8::1'];
const onsetNs = 1.3e9;
const durationMs = 1600;

const policy: Bundle = {
  schema: 'tidegate/bundle/v1',
  group: 'self-test',
  epoch: 1,
  commit: '0'.repeat(40),
  issuedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-02T00:00:00.000Z',
  allowEmpty: false,
  mode: 'enforce',
  interfaces: ['lo'],
  protect: ['192.0.2.0/24', '2001:db8::/32'],
  linkCapacityBitsPerSecond: null,
  safelist: [],
  thresholds: [
    {
      ...{ name: 'default', targets: [], holdMs: 0, releaseRatio: 0.5 },
      ...{ floorPacketsPerSecond: 2000, floorBitsPerSecond: null },
    },
  ],
  playbooks: [
    {
      ...{ name: 'any', families: ['*'], confidence: 0.5, releaseAfterMs: 1000 },
      steps: [{ action: 'drop', via: 'auto', ttlMs: 1000, mode: 'enforce' }],
    },
  ],
};

/** What was not named as it should be, a line each; empty when all is well. Takes some tenths of a second. */
export function selfTest(): string[] {
  return targets.flatMap((target) =>
    Object.entries(floods).flatMap(([family, flood]) => {
      const named = answerTo(target, family, flood);
      return named === family ? [] : [`${family} on ${target} was taken for ${named}`];
    }),
  );
}

/** The family that a rule was made for, `nothing` where there was none. */
function answerTo(target: string, family: string, flood: (timing: AttackTiming) => TrafficSource): string {
  const random = new SeededRandom(`self-test ${family} ${target}`);
  let nowNs = 0;
  const clock = { monotonicNs: () => nowNs, wallMs: () => nowNs / 1e6 };
  const engine = createEngine({ random, clock, backends: ['replay'] });
  engine.setPolicy(policy);
  const timing = { target, random, packetsPerSecond: 6000, startNs: onsetNs, endNs: durationMs * 1e6 };
  const sources = [
    webSessions({ target, random, sessionsPerSecond: 5 }),
    pings({ target, random, packetsPerSecond: 10 }),
    flood(timing),
  ];
  for (const { reading } of generate({ seed: family, sources, durationMs })) {
    nowNs = reading.atNs;
    const commands = engine.tick(reading);
    if (commands.some(({ type }) => type === 'install'))
      return engine.status().incidents[0]?.family ?? 'nothing';
  }
  return 'nothing';
}
