/** Writes a recording of normal traffic with floods in it, from the seeded generator. */
import { closeSync, openSync, writeSync } from 'node:fs';
import {
  SeededRandom,
  dnsAmplification,
  pings,
  recordGenerated,
  synFlood,
  udpFlood,
  webSessions,
} from '../../engine/generator/index.ts';
import type { TrafficSource } from '../../engine/generator/index.ts';

export interface ScenarioAttack {
  readonly family: 'syn_flood' | 'dns_amplification' | 'udp_flood';
  readonly target: string;
  readonly packetsPerSecond: number;
  /** Since the start of the recording, ms. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface Scenario {
  readonly seed: string;
  readonly startedAt: string;
  readonly protect: readonly string[];
  readonly durationMs: number;
  /** Floods; each target has legitimate traffic all the time. */
  readonly attacks: readonly ScenarioAttack[];
}

const port = 8080;

export function writeScenario(path: string, scenario: Scenario): void {
  const { seed, startedAt, protect, durationMs, attacks } = scenario;
  const targets = [...new Set(attacks.map(({ target }) => target))];
  const lines = recordGenerated({
    ...{ seed, startedAt, durationMs, node: 'victim-1', protect: [...protect] },
    sources: [
      ...targets.flatMap((target) => legitimate(target, new SeededRandom(`${seed} ${target}`))),
      ...attacks.map((attack) =>
        flood(attack, new SeededRandom(`${seed} ${attack.family} ${attack.target}`)),
      ),
    ],
    attacks: attacks.map(({ target, family, startMs, endMs }) => ({
      ...{ target, family },
      startNs: startMs * 1e6,
      endNs: endMs * 1e6,
    })),
  });
  const file = openSync(path, 'w');
  for (const line of lines) writeSync(file, `${line}\n`);
  closeSync(file);
}

const legitimate = (target: string, random: SeededRandom): TrafficSource[] => [
  webSessions({ target, random, sessionsPerSecond: 60 }),
  pings({ target, random, packetsPerSecond: 50 }),
];

function flood(attack: ScenarioAttack, random: SeededRandom): TrafficSource {
  const { family, target, packetsPerSecond, startMs, endMs } = attack;
  const timing = { target, random, packetsPerSecond, startNs: startMs * 1e6, endNs: endMs * 1e6 };
  switch (family) {
    case 'syn_flood':
      return synFlood({ ...timing, port });
    case 'dns_amplification':
      return dnsAmplification({
        ...timing,
        reflectors: 800,
        messageBytes: { from: 1180, to: 1380 },
        port: null,
      });
    case 'udp_flood':
      return udpFlood({ ...timing, payloadBytes: { from: 512, to: 512 }, port });
  }
}
