/** What a family looks at: the packets of the excess, beside those of quiet times. */
import type { Matcher } from '../packet/index.ts';
import type { Deviation, SignalFinding, TargetWindow } from '../types.ts';
import { markExcess } from './excess.ts';
import { partOf, readSamples, trafficOf, weightOf } from './traffic.ts';
import type { Condition, FreshSeen, Seen, Traffic } from './traffic.ts';

export interface Scene {
  readonly target: string;
  /** The target as a prefix; a protected prefix is its own. */
  readonly destination: string;
  readonly isIpv4: boolean;
  /** What exceeded its limit, and the limit in packets/s or bits/s. */
  readonly metric: 'packets' | 'bits';
  readonly floor: number;
  /** For how long the excess lasts, ms. */
  readonly ageMs: number;
  /** Since the excess began, without what rules in force already hit. */
  readonly now: Traffic;
  /** The part of it that no family asked so far has named. */
  readonly unnamed: Traffic;
  /** From before; empty where nothing was learned yet. */
  readonly quiet: Traffic;
  /** What the detector found. */
  readonly signals: readonly SignalFinding[];
  /** Counters of the last reading, indexed by `counter`. */
  readonly counts: Float64Array;
}

/** The packets of a scene that one family is asked about. */
export interface Members {
  readonly now: Traffic;
  /** Those of them from quiet times. */
  readonly quiet: Traffic;
  /** Trailing fragments of UDP that came with first fragments of these; empty where there are none. */
  readonly tail: Traffic;
}

/**
 * While a flood begins, its first packets are sampled one by one and the next ones ever more sparsely; a few heavy
 * samples would then speak for all. Weights are cut off at this multiple of their mean (truncated importance
 * sampling, Ionides 2008).
 */
const weightMaxOverMean = 4;

/** @param handled Rules in force: what they hit needs no further answer. */
export function sceneOf(window: TargetWindow, deviation: Deviation, handled: readonly Matcher[]): Scene {
  const { sinceNs, volume, signals } = deviation;
  const { target, atNs, counts, quietPacketsPerSecond } = window;
  const since = window.recentSamples.filter((sample) => sample.atNs >= sinceNs);
  const fromNs = since.reduce((oldest, sample) => Math.min(oldest, sample.atNs), atNs);
  const seconds = Math.max(1e6, atNs - fromNs) / 1e9;
  const before = readSamples(window.quietSamples);
  cap(before);
  const quiet = trafficOf(before, scaleOf(before, quietPacketsPerSecond ?? 0));
  const seen = readSamples(since);
  const arrivedPerSecond = weightOf(seen) / seconds;
  cap(seen);
  const scale = scaleOf(seen, arrivedPerSecond);
  markExcess(seen, scale, quiet);
  const isIpv4 = !target.includes(':');
  const now = trafficOf(seen, scale);
  const scene: Scene = {
    target,
    destination: target.includes('/') ? target : `${target}/${isIpv4 ? 32 : 128}`,
    isIpv4,
    metric: volume.metric === 'bits' ? 'bits' : 'packets',
    floor: volume.limit,
    ageMs: (atNs - sinceNs) / 1e6,
    now,
    unnamed: now,
    quiet,
    signals,
    counts,
  };
  return handled.length === 0
    ? scene
    : without(scene, ({ packet, length }) => handled.some((hits) => hits(packet, length)));
}

/** Cuts off what single samples stand for. */
function cap(seen: readonly FreshSeen[]): void {
  const weightMax = (weightMaxOverMean * weightOf(seen)) / Math.max(1, seen.length);
  for (const one of seen) {
    one.weight = Math.min(one.weight, weightMax);
    one.excess = one.weight;
  }
}

const scaleOf = (seen: readonly Seen[], packetsPerSecond: number): number =>
  seen.length === 0 ? 0 : packetsPerSecond / weightOf(seen);

/** The same scene without some packets of the excess. */
export const without = (scene: Scene, condition: Condition): Scene => ({
  ...scene,
  now: partOf(scene.now, (seen) => !condition(seen)),
  unnamed: partOf(scene.unnamed, (seen) => !condition(seen)),
});

/** The rate in packets/s or bits/s, as the scene's floor is. */
export function rateOf({ metric }: Scene, { seen, weight, scale }: Traffic): number {
  if (metric === 'packets') return weight * scale;
  return seen.reduce((sum, one) => sum + one.weight * one.length, 0) * 8 * scale;
}

/** The part of the rate that quiet times do not explain, packets/s or bits/s. */
export function excessRateOf({ metric }: Scene, { seen, excess, scale }: Traffic): number {
  if (metric === 'packets') return excess * scale;
  return seen.reduce((sum, one) => sum + one.excess * one.length, 0) * 8 * scale;
}
