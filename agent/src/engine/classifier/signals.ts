/** Signals that several families weigh: each a factor from 0 to 1 for the confidence, and a reason in words. */
import { excessRateOf } from './scene.ts';
import type { Members, Scene } from './scene.ts';
import { effectiveSamples, packetsPerSecond } from './traffic.ts';
import type { Seen, Traffic } from './traffic.ts';

export interface Signal {
  readonly factor: number;
  readonly reason: string;
}

/** Something that speaks for a program rather than for people: how strongly, 0 to 1, and in words. */
export interface Mark {
  readonly strength: number;
  readonly reason: string;
}

/** Fewer samples than this leave doubt; the next tick has more. */
const samplesMin = 20;

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const rate = (value: number): string =>
  value >= 1000 ? `${(value / 1000).toFixed(1)} kpps` : `${value.toFixed(0)} packets/s`;

/** A multiple in words; beyond a thousand nobody wants to know. */
export const times = (value: number, digits = 0): string =>
  value >= 1000 ? 'over 1000' : value.toFixed(digits);

/** 0 at `none`, 1 at `full`, a straight line between; `none` may lie above `full`. */
export const ramp = (value: number, none: number, full: number): number =>
  clamp((value - none) / (full - none));

/** Whether there are enough samples to say anything. */
export function samplesSignal({ seen }: Traffic): Signal {
  const count = effectiveSamples(seen);
  return {
    factor: clamp(count / samplesMin),
    reason: `${seen.length} samples, as good as ${count.toFixed(0)} of equal weight`,
  };
}

/** Part of the excess that packets are, 0 to 1, in packets or bits as what exceeded its limit. */
export function shareOf(scene: Scene, traffic: Traffic): number {
  const all = excessRateOf(scene, scene.now);
  return all === 0 ? 0 : excessRateOf(scene, traffic) / all;
}

/** Less than this share of the excess is no vector of its own. */
const shareNone = 0.05;
const shareFull = 0.15;

/**
 * Whether this kind of packet alone is enough to be over the limit, or a large part of what is. `name` says what it
 * is in words.
 */
export function massSignal(scene: Scene, name: string, members: Traffic): Signal {
  const ofFloor = (traffic: Traffic): number => ramp(excessRateOf(scene, traffic) / scene.floor, 0.2, 0.7);
  const share = shareOf(scene, members);
  const came = packetsPerSecond(scene.now);
  const part = came === 0 ? 0 : packetsPerSecond(members) / came;
  return {
    factor: Math.max(ofFloor(members), ofFloor(scene.now) * ramp(share, shareNone, shareFull)),
    reason: `${name}: ${rate(packetsPerSecond(members))}, ${percent(part)} of what came`,
  };
}

/** An attack is there at once; a crowd grows, and quiet traffic grows with it. */
export function jumpSignal(scene: Scene, name: string, { now, quiet }: Members): Signal {
  if (scene.quiet.seen.length === 0)
    return { factor: 0.85, reason: `quiet traffic is not known yet, so ${name} may be usual here` };
  const usual = packetsPerSecond(quiet);
  const multiple = packetsPerSecond(now) / Math.max(1, usual);
  return {
    factor: 0.6 + 0.4 * ramp(multiple, 1.2, 3),
    reason: `${name}: ${times(multiple, 1)} times the quiet ${rate(usual)}`,
  };
}

/** So few senders, with so few flows, are what a download, a backup, a speed test or a site's own tunnel looks like. */
const fewSenders = 4;
export const fewFlows = 32;

/** Whether the excess comes from more than a handful of senders, or at least of flows. */
export function sendersSignal({ seen }: Pick<Traffic, 'seen'>, factorOfFew = 0.5): Signal {
  const senders = effectiveCount(seen, sourceKey);
  const isFew = senders < fewSenders && effectiveCount(seen, flowKey) < fewFlows;
  return {
    factor: isFew ? factorOfFew : 1,
    reason: isFew ? `only about ${senders.toFixed(0)} senders carry it, as a transfer or a tunnel does` : '',
  };
}

/** Source and ports; for ESP the security association, which is what a tunnel has instead (RFC 4303, section 2.1). */
export function flowKey(seen: Seen): string {
  const { kind, packet } = seen;
  const { sourcePort, destinationPort, payloadOffset, data } = packet;
  const own = kind === 'esp' ? data.subarray(payloadOffset, payloadOffset + 4).join() : '';
  return `${sourceKey(seen)} ${sourcePort} ${destinationPort} ${own}`;
}

/** The source address as a key, without formatting it. */
export function sourceKey({ packet: { data, version } }: Seen): string {
  const [from, to] = version === 4 ? [12, 16] : [8, 24];
  let key = '';
  for (let at = from; at < to; at++) key += String.fromCharCode(data[at]!);
  return key;
}

/** How many equal shares of the excess would be as diverse (inverse Simpson index). */
export function effectiveCount(seen: readonly Seen[], keyOf: (seen: Seen) => string | number): number {
  const weights = new Map<string | number, number>();
  let total = 0;
  for (const one of seen) {
    const key = keyOf(one);
    weights.set(key, (weights.get(key) ?? 0) + one.excess);
    total += one.excess;
  }
  let squares = 0;
  for (const weight of weights.values()) squares += weight * weight;
  return squares === 0 ? 0 : (total * total) / squares;
}

/**
 * The same of all that the samples were taken from: among a few samples chance alone makes values the same (the unbiased
 * estimate of Simpson, 1949).
 */
export function populationCount(seen: readonly Seen[], keyOf: (seen: Seen) => string | number): number {
  const samples = effectiveSamples(seen);
  const found = effectiveCount(seen, keyOf);
  if (samples <= 1 || found === 0) return found;
  return (samples - 1) / Math.max(samples / found - 1, 1e-6);
}

/** The value that most of the excess has, and its share; null where nothing has one. */
export function commonest(
  seen: readonly Seen[],
  valueOf: (seen: Seen) => number | string | null,
): { readonly value: number | string; readonly share: number } | null {
  const weights = new Map<number | string, number>();
  let total = 0;
  for (const one of seen) {
    const value = valueOf(one);
    total += one.excess;
    if (value !== null) weights.set(value, (weights.get(value) ?? 0) + one.excess);
  }
  let best: { value: number | string; share: number } | null = null;
  for (const [value, weight] of weights)
    if (total > 0 && (best === null || weight / total > best.share)) best = { value, share: weight / total };
  return best;
}

/** Values with at least this share of the excess, the heaviest first. */
export function heavyValues(
  seen: readonly Seen[],
  valueOf: (seen: Seen) => number | null,
  shareMin: number,
): number[] {
  const weights = new Map<number, number>();
  let total = 0;
  for (const one of seen) {
    const value = valueOf(one);
    total += one.excess;
    if (value !== null) weights.set(value, (weights.get(value) ?? 0) + one.excess);
  }
  return [...weights]
    .filter(([, weight]) => weight >= shareMin * total)
    .sort((a, b) => b[1] - a[1])
    .map(([value]) => value);
}

/** Share of the excess, 0 to 1, that a condition holds for. */
export function excessShare(seen: readonly Seen[], condition: (seen: Seen) => boolean): number {
  let [part, total] = [0, 0];
  for (const one of seen) {
    total += one.excess;
    if (condition(one)) part += one.excess;
  }
  return total === 0 ? 0 : part / total;
}

/** Several marks together, as if each were right by itself (noisy-or, Pearl 1988); from `none` without any to 1. */
export function marksSignal(marks: readonly Mark[], none: number): Signal {
  const doubt = marks.reduce((product, { strength }) => product * (1 - strength), 1);
  const told = marks.filter(({ strength, reason }) => strength >= 0.2 && reason !== '');
  return {
    factor: none + (0.98 - none) * (1 - doubt),
    reason: told.length === 0 ? '' : told.map(({ reason }) => reason).join('; '),
  };
}
