/** What a family looks at: the packets of the excess, beside those of quiet times. */
import { parsePacket } from '../packet/index.ts';
import type { Matcher, Packet } from '../packet/index.ts';
import type { Deviation, Sample, TargetWindow } from '../types.ts';

/** A sampled packet, read. */
export interface Seen {
  readonly packet: Packet;
  /** Length of the whole IP packet, bytes. */
  readonly length: number;
  /** How many packets it stands for. */
  readonly weight: number;
}

export type Condition = (seen: Seen) => boolean;

/** A set of sampled packets and the rate they stand for. */
export interface Traffic {
  readonly seen: readonly Seen[];
  readonly weight: number;
  readonly packetsPerSecond: number;
}

export interface Scene {
  readonly target: string;
  readonly isIpv4: boolean;
  /** What exceeded its floor, and the floor in packets/s or bits/s. */
  readonly metric: 'packets' | 'bits';
  readonly floor: number;
  /** Since the excess began, without what rules in force already hit. */
  readonly now: Traffic;
  /** From before; empty where nothing was learned yet. */
  readonly quiet: Traffic;
}

/**
 * While a flood begins, its first packets are sampled one by one and the next ones ever more sparsely; a few heavy
 * samples would then speak for all. Weights are cut off at this multiple of their mean (truncated importance
 * sampling, Ionides 2008).
 */
const weightMaxOverMean = 4;

/** @param handled Rules in force: what they hit needs no further answer. */
export function sceneOf(window: TargetWindow, deviation: Deviation, handled: readonly Matcher[]): Scene {
  const { evidence, sinceNs } = deviation;
  const since = window.recentSamples.filter(({ atNs }) => atNs >= sinceNs);
  const fromNs = since.reduce((oldest, { atNs }) => Math.min(oldest, atNs), window.atNs);
  const seconds = Math.max(1e6, window.atNs - fromNs) / 1e9;
  const seen = read(since);
  const now = trafficOf(seen, weightOf(seen) / seconds);
  const scene = {
    target: window.target,
    isIpv4: !window.target.includes(':'),
    metric: evidence.metric,
    floor: evidence.threshold,
    now,
    quiet: trafficOf(read(window.quietSamples), window.quietPacketsPerSecond ?? 0),
  };
  return handled.length === 0
    ? scene
    : without(scene, (one) => handled.some((hits) => hits(one.packet, one.length)));
}

function read(samples: readonly Sample[]): Seen[] {
  const seen: Seen[] = [];
  for (const { data, length, rate } of samples) {
    const packet = parsePacket(data);
    if (packet !== null) seen.push({ packet, length, weight: rate });
  }
  return seen;
}

function trafficOf(seen: readonly Seen[], packetsPerSecond: number): Traffic {
  const weightMax = (weightMaxOverMean * weightOf(seen)) / Math.max(1, seen.length);
  const capped = seen.map((one) => ({ ...one, weight: Math.min(one.weight, weightMax) }));
  return { seen: capped, weight: weightOf(capped), packetsPerSecond };
}

export const weightOf = (seen: readonly Seen[]): number => seen.reduce((sum, { weight }) => sum + weight, 0);

/** The part of the traffic that a condition holds for, with its share of the rate. */
export function partOf(traffic: Traffic, condition: Condition): Traffic {
  const seen = traffic.seen.filter(condition);
  const weight = weightOf(seen);
  const share = traffic.weight === 0 ? 0 : weight / traffic.weight;
  return { seen, weight, packetsPerSecond: traffic.packetsPerSecond * share };
}

/** The same scene without some packets of the excess. */
export const without = (scene: Scene, condition: Condition): Scene => ({
  ...scene,
  now: partOf(scene.now, (seen) => !condition(seen)),
});

/** The rate in packets/s or bits/s, as the scene's floor is. */
export function rateOf({ metric }: Scene, traffic: Traffic): number {
  if (metric === 'packets') return traffic.packetsPerSecond;
  const bytes = traffic.seen.reduce((sum, { weight, length }) => sum + weight * length, 0);
  return traffic.weight === 0 ? 0 : (traffic.packetsPerSecond * bytes * 8) / traffic.weight;
}

/** Of the packets that a condition holds for, the rate that quiet times do not explain, packets/s. */
export function excessOf({ now, quiet }: Scene, condition: Condition): number {
  return Math.max(0, partOf(now, condition).packetsPerSecond - partOf(quiet, condition).packetsPerSecond);
}

/** How many samples of equal weight would tell as much (Kish, 1965). */
export function effectiveSamples(seen: readonly Seen[]): number {
  const squares = seen.reduce((sum, { weight }) => sum + weight * weight, 0);
  return squares === 0 ? 0 : weightOf(seen) ** 2 / squares;
}
