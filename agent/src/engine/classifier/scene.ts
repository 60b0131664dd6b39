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
  readonly bitsPerSecond: number;
}

export interface Scene {
  readonly target: string;
  readonly isIpv4: boolean;
  /** Since the excess began, without what rules in force already hit. */
  readonly now: Traffic;
  /** From before; empty where nothing was learned yet. */
  readonly quiet: Traffic;
  /** Mean rate in quiet times, packets/s; null where it is not known. */
  readonly quietPacketsPerSecond: number | null;
}

/**
 * While a flood begins, its first packets are sampled one by one and the next ones ever more sparsely; a few heavy
 * samples would then speak for all. Weights are cut off at this multiple of their mean (truncated importance
 * sampling, Ionides 2008).
 */
const weightMaxOverMean = 4;

export function sceneOf(window: TargetWindow, deviation: Deviation, handled: readonly Matcher[]): Scene {
  const since = window.recentSamples.filter(({ atNs }) => atNs >= deviation.sinceNs);
  const seen = read(since).filter(({ packet, length }) => !handled.some((hits) => hits(packet, length)));
  const fromNs = since.reduce((oldest, { atNs }) => Math.min(oldest, atNs), window.atNs);
  const spanSeconds = Math.max(1e6, window.atNs - fromNs) / 1e9;
  const packets = seen.reduce((sum, { weight }) => sum + weight, 0);
  const bytes = seen.reduce((sum, { weight, length }) => sum + weight * length, 0);
  const rates = { packetsPerSecond: packets / spanSeconds, bitsPerSecond: (bytes * 8) / spanSeconds };
  const quietRate = window.quietPacketsPerSecond ?? 0;
  return {
    target: window.target,
    isIpv4: !window.target.includes(':'),
    now: traffic(seen, rates),
    quiet: traffic(read(window.quietSamples), { packetsPerSecond: quietRate, bitsPerSecond: 0 }),
    quietPacketsPerSecond: window.quietPacketsPerSecond,
  };
}

function read(samples: readonly Sample[]): Seen[] {
  const seen: Seen[] = [];
  for (const { data, length, rate } of samples) {
    const packet = parsePacket(data);
    if (packet !== null) seen.push({ packet, length, weight: rate });
  }
  return seen;
}

function traffic(seen: readonly Seen[], rates: Pick<Traffic, 'packetsPerSecond' | 'bitsPerSecond'>): Traffic {
  const mean = seen.reduce((sum, { weight }) => sum + weight, 0) / Math.max(1, seen.length);
  const capped = seen.map((one) => ({ ...one, weight: Math.min(one.weight, weightMaxOverMean * mean) }));
  return { seen: capped, weight: weightOf(capped), ...rates };
}

export const weightOf = (seen: readonly Seen[]): number => seen.reduce((sum, { weight }) => sum + weight, 0);

/** Share of the packets for which a condition holds, 0 to 1; 0 of nothing. */
export function shareOf(traffic: Traffic, condition: Condition): number {
  return traffic.weight === 0 ? 0 : weightOf(traffic.seen.filter(condition)) / traffic.weight;
}

/** Of a condition's packets, the rate that quiet times do not explain, packets/s. */
export function excessRate({ now, quiet }: Scene, condition: Condition): number {
  const usual = shareOf(quiet, condition) * quiet.packetsPerSecond;
  return Math.max(0, shareOf(now, condition) * now.packetsPerSecond - usual);
}

/** Share of the excess for which a condition holds, 0 to 1. */
export function excessShare(scene: Scene, condition: Condition): number {
  const all = excessRate(scene, () => true);
  return all === 0 ? 0 : Math.min(1, excessRate(scene, condition) / all);
}

/** How many samples of equal weight would tell as much (Kish, 1965). */
export function effectiveSamples(seen: readonly Seen[]): number {
  const squares = seen.reduce((sum, { weight }) => sum + weight * weight, 0);
  return squares === 0 ? 0 : weightOf(seen) ** 2 / squares;
}
