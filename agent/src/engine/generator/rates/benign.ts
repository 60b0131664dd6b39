/** What raises traffic and is no attack: in the weeks of learning as in that of the test, as in life. */
import type { Chance } from './chance.ts';
import { crowdServices, isGame } from './services.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export type BenignKind = 'backup' | 'speed-test' | 'flash-crowd' | 'launch' | 'release' | 'busy-resolver';

/** It rises, stays, and falls. */
export interface BenignEvent {
  readonly kind: BenignKind;
  readonly target: string;
  readonly service: string;
  readonly startMs: number;
  readonly riseMs: number;
  readonly stayMs: number;
  readonly fallMs: number;
  /** Multiplies what the service has at that time; null for a transfer of its own. */
  readonly factor: number | null;
  /** Of a transfer, packets/s; 0 for what multiplies. */
  readonly packetsPerSecond: number;
  /** Share of its sessions from new sources; null for as always. */
  readonly newShare: number | null;
}

export const benignEndMs = ({ startMs, riseMs, stayMs, fallMs }: BenignEvent): number =>
  startMs + riseMs + stayMs + fallMs;

/** How much of its height an event has at a time, 0 to 1. */
export function heightOf({ startMs, riseMs, stayMs, fallMs }: BenignEvent, atMs: number): number {
  const since = atMs - startMs;
  if (since <= 0) return 0;
  if (since < riseMs) return since / riseMs;
  return Math.max(0, Math.min(1, 1 - (since - riseMs - stayMs) / fallMs));
}

/** A target as plans need it. */
export interface PlannedTarget {
  readonly target: string;
  /** The service that most of its packets are of. */
  readonly main: string;
  /** All of its services. */
  readonly services: readonly string[];
}

export interface BenignOptions {
  readonly chance: Chance;
  readonly targets: readonly [PlannedTarget, ...PlannedTarget[]];
  readonly learningDays: number;
  readonly testDays: number;
}

/** In the order of their beginnings. */
export const planBenign = (options: BenignOptions): BenignEvent[] =>
  [
    ...backups(options),
    ...speedTests(options),
    ...crowds(options),
    ...releases(options),
    ...busyHours(options),
  ].sort((a, b) => a.startMs - b.startMs);

/** Nightly, at one hour, for one of the targets; the full one at the weekend is three times as long. */
function backups({ chance, targets, learningDays, testDays }: BenignOptions): BenignEvent[] {
  const { target } = chance.pick(targets);
  const service = chance.pick([
    'a backup over TCP',
    'a backup over TCP',
    'a download over TCP',
    'a download over QUIC',
  ]);
  const atHour = chance.uniform(0, 5);
  const typical = chance.logUniform(10_000, 90_000);
  return Array.from({ length: Math.ceil(learningDays + testDays) }, (_, day) => ({
    kind: 'backup' as const,
    target,
    service,
    startMs: Math.round((day * 24 + atHour) * hourMs + chance.uniform(0, 5) * minuteMs),
    riseMs: 2000,
    stayMs: chance.uniform(15, 45) * minuteMs * (day % 7 === 5 ? 3 : 1),
    fallMs: 500,
    factor: null,
    packetsPerSecond: typical * chance.logNormal(0.2),
    newShare: 0,
  }));
}

/** A few a week, at any time, 10 to 30 s. */
function speedTests({ chance, targets, learningDays, testDays }: BenignOptions): BenignEvent[] {
  const count = chance.poisson(((learningDays + testDays) / 7) * 4);
  return Array.from({ length: count }, () => ({
    kind: 'speed-test' as const,
    target: chance.pick(targets).target,
    service: chance.pick([
      'a speed test over TCP',
      'a speed test over TCP',
      'a speed test over UDP',
      'a download over QUIC',
    ]),
    startMs: Math.round(chance.uniform(0, (learningDays + testDays) * dayMs - hourMs)),
    riseMs: chance.uniform(300, 3000),
    stayMs: chance.uniform(10_000, 30_000),
    fallMs: 300,
    factor: null,
    packetsPerSecond: chance.logUniform(20_000, 250_000),
    newShare: null,
  }));
}

/** Two in a week of the test, one in each week of learning: 3 to 10 times as many visitors within minutes. */
function crowds({ chance, targets, learningDays, testDays }: BenignOptions): BenignEvent[] {
  const visited = targets.flatMap(({ target, services }) =>
    services.filter((service) => crowdServices.has(service)).map((service) => ({ target, service })),
  );
  const [first, ...others] = visited;
  if (first === undefined) return [];
  const at = (fromDay: number, toDay: number): BenignEvent => {
    const { target, service } = chance.pick([first, ...others]);
    return {
      kind: isGame(service) ? 'launch' : 'flash-crowd',
      target,
      service,
      // In the hours in which people are awake.
      startMs: Math.round(
        Math.floor(chance.uniform(fromDay, toDay)) * dayMs + chance.uniform(9, 22) * hourMs,
      ),
      riseMs: chance.logUniform(30_000, 8 * minuteMs),
      stayMs: chance.uniform(5, 60) * minuteMs,
      fallMs: chance.uniform(10, 60) * minuteMs,
      factor: chance.logUniform(3, 10),
      packetsPerSecond: 0,
      newShare: chance.uniform(0.6, 0.95),
    };
  };
  const weeks = Array.from({ length: Math.floor(learningDays / 7) }, (_, week) => at(week * 7, week * 7 + 7));
  const test = Array.from({ length: Math.ceil((2 * testDays) / 7) }, () =>
    at(learningDays, learningDays + testDays),
  );
  return [...weeks, ...test];
}

/** In every other week, for most of a day. */
function releases({ chance, targets, learningDays, testDays }: BenignOptions): BenignEvent[] {
  const days = learningDays + testDays;
  return Array.from({ length: Math.ceil(days / 7) }, (_, week) => {
    const { target, main } = chance.pick(targets);
    const day = Math.min(days - 1, week * 7 + chance.integer(0, 6));
    const release: BenignEvent = {
      kind: 'release',
      target,
      service: main,
      startMs: Math.round((day * 24 + chance.uniform(8, 16)) * hourMs),
      riseMs: chance.uniform(10, 60) * minuteMs,
      stayMs: chance.uniform(3, 8) * hourMs,
      fallMs: 2 * hourMs,
      factor: chance.uniform(1.4, 2.5),
      packetsPerSecond: 0,
      newShare: null,
    };
    return chance.chance(0.5) ? [release] : [];
  }).flat();
}

const namesAndTimes: ReadonlySet<string> = new Set([
  'a resolver',
  'answers for names',
  'questions for names',
  'questions for the time',
]);

/** An hour in every week in which a resolver, or a server of names or of the time, has much more to do. */
function busyHours({ chance, targets, learningDays, testDays }: BenignOptions): BenignEvent[] {
  const days = learningDays + testDays;
  const asked = targets.flatMap(({ target, main, services }) =>
    services
      .filter((service) => namesAndTimes.has(service))
      .map((service) => ({ target, service, isMain: service === main })),
  );
  const [first, ...others] = asked;
  if (first === undefined) return [];
  return Array.from({ length: Math.ceil(days / 7) }, (_, week) => {
    const { target, service, isMain } = chance.pick([first, ...others]);
    const day = Math.min(days - 1, week * 7 + chance.integer(0, 6));
    return {
      kind: 'busy-resolver' as const,
      target,
      service,
      startMs: Math.round((day + chance.uniform(0, 0.9)) * dayMs),
      riseMs: chance.uniform(1, 10) * minuteMs,
      stayMs: chance.uniform(20, 90) * minuteMs,
      fallMs: 10 * minuteMs,
      // Where names are the small part of the traffic, an hour may have very many more of them.
      factor: isMain ? chance.uniform(3, 8) : chance.logUniform(5, 60),
      packetsPerSecond: 0,
      newShare: null,
    };
  });
}
