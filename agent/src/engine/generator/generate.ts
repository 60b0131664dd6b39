import { countPacket, parsePacket } from '../packet/index.ts';
import { counterNames } from '../types.ts';
import { countOutgoing } from './outgoing.ts';
import { KnownSources } from './known-sources.ts';
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
  /**
   * Whether sources become known; asked before each window.
   * @default until there was an attack in the window before, as the agent stops it when an incident opens
   */
  readonly isLearning?: () => boolean;
}

export interface GeneratedWindow {
  readonly reading: Reading;
  /** In the order of their times. */
  readonly packets: readonly GeneratedPacket[];
}

/** One window after the other, from time 0. A reading is valid until the next one is taken. */
export function* generate(options: GeneratorOptions): Generator<GeneratedWindow> {
  const { seed, sources, durationMs, windowMs = 100 } = options;
  const kernel = { sampler: new Sampler(new SeededRandom(`${seed} sampler`)), known: new KnownSources() };
  const intervalNs = windowMs * 1e6;
  let isAttacked = false;
  for (let fromNs = 0; fromNs < durationMs * 1e6; fromNs += intervalNs) {
    const toNs = fromNs + intervalNs;
    const packets = sources.flatMap((source) => source.packets(fromNs, toNs)).sort((a, b) => a.atNs - b.atNs);
    const isLearning = options.isLearning?.() ?? !isAttacked;
    yield { packets, reading: readingOf(packets, { atNs: toNs, intervalNs }, kernel, isLearning) };
    isAttacked = packets.some(({ label }) => label === 'attack');
  }
}

interface Kernel {
  readonly sampler: Sampler;
  readonly known: KnownSources;
}

function readingOf(
  packets: readonly GeneratedPacket[],
  span: Pick<Reading, 'atNs' | 'intervalNs'>,
  { sampler, known }: Kernel,
  isLearning: boolean,
): Reading {
  const rows = new Map<string, Float64Array>();
  const samples: Sample[] = [];
  const lostBefore = sampler.lost;
  for (const packet of packets) {
    const parsed = parsePacket(packet.bytes);
    if (parsed === null) continue;
    const counts = rows.get(packet.target) ?? new Float64Array(counterNames.length);
    rows.set(packet.target, counts);
    if (packet.direction === 'out') {
      countOutgoing(counts, parsed);
      continue;
    }
    countPacket(counts, parsed);
    known.count(counts, parsed, packet.atNs, isLearning);
    const sample = sampler.sample(packet);
    if (sample !== null) samples.push(sample);
  }
  const targets = [...rows].map(([target, counts]) => ({ target, counts }));
  return { ...span, targets, samples, samplesLost: sampler.lost - lostBefore, uncountedPackets: 0 };
}
