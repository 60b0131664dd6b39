/** Samples of a target, read once for everybody who looks at them. */
import { compileMatch, parsePacket } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import type { TrafficMatch } from '@tidegate/schemas';
import type { Sample } from '../types.ts';
import { sampleBytesMax } from './tally/index.ts';
import type { SamplePool, TargetTally } from './tally/index.ts';

export interface Looked {
  readonly sample: Sample;
  readonly packet: Packet;
  readonly weight: number;
}

/** The samples of one target in the order of time; what cannot be read is left out. */
export function samplesOf(pool: SamplePool, { samples }: TargetTally, target: string): Looked[] {
  const looked = samples.slots.flatMap((slot): Looked[] => {
    const from = slot * sampleBytesMax;
    const data = pool.bytes.slice(from, from + pool.captured[slot]!);
    const packet = parsePacket(data);
    if (packet === null) return [];
    const weight = pool.weight[slot]!;
    const sample = { target, atNs: pool.atNs[slot]!, length: pool.length[slot]!, rate: weight, data };
    return [{ sample, packet, weight }];
  });
  return looked.sort((a, b) => a.sample.atNs - b.sample.atNs);
}

export const within = (looked: readonly Looked[], fromNs: number, toNs: number): Looked[] =>
  looked.filter(({ sample }) => sample.atNs >= fromNs && sample.atNs < toNs);

export const weightOf = (looked: readonly Looked[]): number =>
  looked.reduce((sum, { weight }) => sum + weight, 0);

export type Test = (looked: Looked) => boolean;

/** Whether any of the rules hits. */
export function anyOf(matches: readonly TrafficMatch[]): Test {
  const matchers = matches.map(compileMatch);
  return ({ packet, sample }) => matchers.some((matcher) => matcher(packet, sample.length));
}

/** Share of the weight for which the test holds, 0 to 1. */
export function shareOf(looked: readonly Looked[], test: Test): number {
  const total = weightOf(looked);
  return total === 0 ? 0 : Math.min(1, weightOf(looked.filter(test)) / total);
}

export interface Part {
  readonly value: number;
  /** Of the weight of all that have a value. */
  readonly share: number;
}

/** How the weight is spread over the values of a number, the largest part first. */
export function partsOf(looked: readonly Looked[], valueOf: (looked: Looked) => number | null): Part[] {
  const weights = new Map<number, number>();
  let total = 0;
  for (const one of looked) {
    const value = valueOf(one);
    if (value === null) continue;
    weights.set(value, (weights.get(value) ?? 0) + one.weight);
    total += one.weight;
  }
  const parts = [...weights].map(([value, weight]) => ({ value, share: weight / total }));
  return parts.sort((a, b) => b.share - a.share || a.value - b.value);
}
