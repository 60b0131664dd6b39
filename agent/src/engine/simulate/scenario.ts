/**
 * Scenarios of policy tests: half a minute of legitimate traffic, then an attack or a surge on top of it, then five
 * seconds more. The same scenario gives the same windows.
 *
 * Of what is faster than 10,000 packets/s only so many are made, and each stands for several: a flood of millions takes
 * no longer than one of ten thousand.
 */
import { TidegateError, parseCidr, formatAddress, readAmount } from '@tidegate/schemas';
import type { PolicyTest } from '@tidegate/schemas';
import {
  SeededRandom,
  attackFamilies,
  attackScene,
  attackTraffic,
  bulkKinds,
  drawMix,
  generate,
  mainKinds,
} from '../generator/index.ts';
import type { Rate, TrafficSource } from '../generator/index.ts';
import type { RecordedWindow } from '../recording/index.ts';
import type { Reading } from '../types.ts';

export type Scenario = NonNullable<PolicyTest['spec']['given']['scenario']>;
type Traffic = NonNullable<Scenario['traffic']>;

/** Wall time of the start of every scenario: a Thursday, midnight. */
export const scenarioStartedAt = '2026-01-01T00:00:00.000Z';

const leadMs = 30_000;
const tailMs = 5000;
const madePerSecondMax = 10_000;

/** Names of the generator's kinds of traffic. */
const kindNames: Readonly<Record<Exclude<Traffic, 'mixed'>, string>> = {
  web: 'browsers',
  api: 'programs',
  quic: 'QUIC clients',
  game: 'players of a Source game',
  voice: 'voice calls',
  dns: 'a resolver',
  vpn: 'users over WireGuard',
  nat: 'a NAT',
  backup: 'a backup over TCP',
  download: 'a download over QUIC',
  'speed-test': 'a speed test over UDP',
};

/** @param protect Protected prefixes of the group that is tested. */
export function* scenarioWindows(scenario: Scenario, protect: readonly string[]): Generator<RecordedWindow> {
  const { attack, traffic = 'web', background = '1kpps', duration = '10s', seed = 1 } = scenario;
  const durationMs = amount('duration', duration);
  const wanted = amount('packets/s', scenario.packets);
  const factor = Math.max(1, Math.ceil(wanted / madePerSecondMax));
  const [startNs, endNs] = [leadMs * 1e6, (leadMs + durationMs) * 1e6];
  const target = targetIn(protect);
  const named = `scenario ${seed}`;
  const totalMs = Math.ceil((leadMs + durationMs + tailMs) / 100) * 100;
  const before = legitimate(
    traffic,
    target,
    new SeededRandom(`${named} background`),
    amount('packets/s', background),
  );
  const event =
    attack === 'none'
      ? legitimate(traffic, target, new SeededRandom(`${named} surge`), (atNs) =>
          atNs >= startNs && atNs < endNs ? wanted / factor : 0,
        )
      : [flood({ attack, target, seed: named, packetsPerSecond: wanted / factor, startNs, endNs })];
  const quiet = generate({ seed: named, sources: before, durationMs: totalMs });
  const loud = generate({ seed: `${named} event`, sources: event, durationMs: totalMs });
  for (const { reading } of quiet) {
    const more = loud.next();
    if (more.done === true) return;
    const isOn = attack !== 'none' && reading.atNs > startNs && reading.atNs - reading.intervalNs < endNs;
    yield {
      reading: together(reading, more.value.reading, factor),
      labels: isOn ? [{ target, family: attack }] : [],
    };
  }
}

interface Flood {
  readonly attack: string;
  readonly target: string;
  readonly seed: string;
  readonly packetsPerSecond: number;
  readonly startNs: number;
  readonly endNs: number;
}

function flood({ attack, target, seed, ...timing }: Flood): TrafficSource {
  const family = attackFamilies.find(({ name }) => name === attack);
  if (family === undefined)
    throw new TidegateError('TG1015', `The generator cannot make the attack family "${attack}".`);
  if (family.isIpv4Only === true && target.includes(':'))
    throw new TidegateError(
      'TG5008',
      `${attack} is known over IPv4 only, and the group protects no IPv4 address.`,
    );
  const shape = family.draw(new SeededRandom(`${seed} ${attack}`), attackScene(target));
  return attackTraffic(shape, { target, ...timing });
}

function legitimate(
  traffic: Traffic,
  target: string,
  random: SeededRandom,
  packetsPerSecond: Rate,
): readonly TrafficSource[] {
  const options = { target, random, packetsPerSecond };
  if (traffic === 'mixed') return drawMix(options).sources;
  const kind = [...mainKinds, ...bulkKinds].find(({ name }) => name === kindNames[traffic]);
  if (kind === undefined)
    throw new TidegateError('TG1015', `The generator cannot make the traffic "${traffic}".`);
  return [kind.source(options)];
}

/** Two readings of one stretch of time as one; each packet of the second stands for `factor`. */
function together(first: Reading, second: Reading, factor: number): Reading {
  const rows = new Map(first.targets.map(({ target, counts }) => [target, counts]));
  for (const { target, counts } of second.targets) {
    const row = rows.get(target) ?? new Float64Array(counts.length);
    rows.set(target, row);
    for (const [index, count] of counts.entries()) row[index] = row[index]! + count * factor;
  }
  const more = second.samples.map((sample) => ({ ...sample, rate: sample.rate * factor }));
  return {
    ...first,
    targets: [...rows].map(([target, counts]) => ({ target, counts })),
    samples: [...first.samples, ...more].sort((a, b) => a.atNs - b.atNs),
    samplesLost: first.samplesLost + second.samplesLost,
  };
}

/** An address of the first prefix, IPv4 where there is one; not its first, which may name the network. */
function targetIn(protect: readonly string[]): string {
  const prefixes = protect.map((cidr) => parseCidr(cidr));
  const prefix = prefixes.find(({ family }) => family === 4) ?? prefixes[0]!;
  const bytes = prefix.bytes.slice();
  const hostBits = (prefix.family === 4 ? 32 : 128) - prefix.length;
  bytes[15] = bytes[15]! | (hostBits >= 4 ? 10 : hostBits > 1 ? 1 : 0);
  return formatAddress(bytes);
}

function amount(unit: 'packets/s' | 'duration', written: string): number {
  const reading = readAmount(unit, written);
  if (!reading.ok) throw new TidegateError('TG1015', reading.message);
  return reading.value;
}
