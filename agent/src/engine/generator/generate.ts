import { countPacket, parsePacket } from '../packet/index.ts';
import { counterNames } from '../types.ts';
import type { Reading, Sample } from '../types.ts';
import { SeededRandom } from './random.ts';
import { Sampler } from './sampler.ts';
import type { GeneratedPacket, TrafficSource } from './source.ts';

export interface GeneratorOptions {
  readonly seed: string;
  readonly sources: readonly TrafficSource[];
  readonly durationMs: number;
  /** @default 100 */
  readonly windowMs?: number;
}

export interface GeneratedWindow {
  readonly reading: Reading;
  /** In the order of their times. */
  readonly packets: readonly GeneratedPacket[];
}

/** One window after the other, from time 0. A reading is valid until the next one is taken. */
export function* generate({
  seed,
  sources,
  durationMs,
  windowMs = 100,
}: GeneratorOptions): Generator<GeneratedWindow> {
  const sampler = new Sampler(new SeededRandom(`${seed} sampler`));
  const intervalNs = windowMs * 1e6;
  for (let fromNs = 0; fromNs < durationMs * 1e6; fromNs += intervalNs) {
    const toNs = fromNs + intervalNs;
    const packets = sources.flatMap((source) => source.packets(fromNs, toNs)).sort((a, b) => a.atNs - b.atNs);
    yield { packets, reading: readingOf(packets, toNs, intervalNs, sampler) };
  }
}

function readingOf(
  packets: readonly GeneratedPacket[],
  atNs: number,
  intervalNs: number,
  sampler: Sampler,
): Reading {
  const rows = new Map<string, Float64Array>();
  const samples: Sample[] = [];
  const lostBefore = sampler.lost;
  for (const packet of packets) {
    const parsed = parsePacket(packet.bytes);
    if (parsed === null) continue;
    const counts = rows.get(packet.target) ?? new Float64Array(counterNames.length);
    rows.set(packet.target, counts);
    countPacket(counts, parsed);
    const sample = sampler.sample(packet);
    if (sample !== null) samples.push(sample);
  }
  const targets = [...rows].map(([target, counts]) => ({ target, counts }));
  return { atNs, intervalNs, targets, samples, samplesLost: sampler.lost - lostBefore, uncountedPackets: 0 };
}
