/** Sampled packets, read and weighted: what every judgement of the classifier is made from. */
import { compileMatch, parsePacket } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import type { TrafficMatch } from '@tidegate/schemas';
import type { Sample } from '../types.ts';
import { kindOf } from './kinds.ts';
import type { Kind } from './kinds.ts';

/** A sampled packet, read. */
export interface Seen {
  readonly packet: Packet;
  readonly kind: Kind;
  /** Length of the whole IP packet, bytes. */
  readonly length: number;
  /** How many packets it stands for. */
  readonly weight: number;
  /** How many of them quiet traffic does not explain. */
  readonly excess: number;
}

/** One that was just read, and is still to be weighted: copies of a thousand samples a look would be slow. */
export type FreshSeen = { -readonly [Key in keyof Seen]: Seen[Key] };

export type Condition = (seen: Seen) => boolean;

/** A set of sampled packets. */
export interface Traffic {
  readonly seen: readonly Seen[];
  readonly weight: number;
  readonly excess: number;
  /** Packets/s that one unit of weight stands for. */
  readonly scale: number;
}

/** Samples that are sound IP packets, as they came. */
export function readSamples(samples: readonly Sample[]): FreshSeen[] {
  const seen: FreshSeen[] = [];
  for (const { data, length, rate } of samples) {
    const packet = parsePacket(data);
    if (packet !== null) seen.push({ packet, kind: kindOf(packet), length, weight: rate, excess: rate });
  }
  return seen;
}

export function weightOf(seen: readonly Seen[]): number {
  let sum = 0;
  for (const { weight } of seen) sum += weight;
  return sum;
}

export function excessOf(seen: readonly Seen[]): number {
  let sum = 0;
  for (const { excess } of seen) sum += excess;
  return sum;
}

export const trafficOf = (seen: readonly Seen[], scale: number): Traffic => ({
  seen,
  weight: weightOf(seen),
  excess: excessOf(seen),
  scale,
});

/** The part of the traffic that a condition holds for. */
export const partOf = (traffic: Traffic, condition: Condition): Traffic =>
  trafficOf(traffic.seen.filter(condition), traffic.scale);

export const packetsPerSecond = ({ weight, scale }: Traffic): number => weight * scale;
export const excessPerSecond = ({ excess, scale }: Traffic): number => excess * scale;

/** How many samples of equal weight would tell as much (Kish, 1965). */
export function effectiveSamples(seen: readonly Seen[]): number {
  let squares = 0;
  for (const { weight } of seen) squares += weight * weight;
  return squares === 0 ? 0 : weightOf(seen) ** 2 / squares;
}

/** Packets that any of the rules hits. */
export function hitByAny(matches: readonly TrafficMatch[]): Condition {
  const matchers = matches.map((match) => compileMatch(match));
  return ({ packet, length }) => matchers.some((matcher) => matcher(packet, length));
}

export const both =
  (one: Condition, other: Condition): Condition =>
  (seen) =>
    one(seen) && other(seen);

export const not =
  (condition: Condition): Condition =>
  (seen) =>
    !condition(seen);
