/** One target's traffic in one window: its counters, and what its samples say of them. */
import type { CeilingClass } from '@tidegate/schemas';
import { volumeOf } from '../metrics.ts';
import { parsePacket } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import { counter } from '../types.ts';
import type { Sample, TargetReading } from '../types.ts';
import type { Excess } from './ceilings.ts';
import { fateOf, isOfClass } from './fate.ts';
import type { Circumstances, Fate } from './fate.ts';

export interface SeenPacket {
  readonly packet: Packet;
  readonly sample: Sample;
  /** By the circumstances that the scene was last judged by. */
  fate: Fate;
}

export interface Amount {
  readonly packets: number;
  readonly bytes: number;
}

const untouched: Fate = { reaches: 1, lost: 0, answered: 0 };

export class Scene {
  readonly target: string;
  readonly counts: Float64Array;
  readonly #samples: () => readonly Sample[];
  #seen: SeenPacket[] | null = null;
  #circumstances: Circumstances;

  /** @param samples Those of this target, asked for once, where they are needed. */
  constructor(
    { target, counts }: TargetReading,
    circumstances: Circumstances,
    samples: () => readonly Sample[],
  ) {
    this.target = target;
    this.counts = counts;
    this.#samples = samples;
    this.#circumstances = circumstances;
  }

  get all(): Amount {
    return { packets: this.counts[counter.packets]!, bytes: this.counts[counter.bytes]! };
  }

  get seen(): readonly SeenPacket[] {
    this.#seen ??= this.#samples().flatMap((sample) => {
      const packet = parsePacket(sample.data);
      return packet === null ? [] : [{ packet, sample, fate: untouched }];
    });
    return this.#seen;
  }

  /** Decides anew what becomes of each packet. */
  judge(changes: Partial<Circumstances>): void {
    this.#circumstances = { ...this.#circumstances, ...changes };
    for (const one of this.seen) one.fate = this.fateOf(one.packet, one.sample.length);
  }

  /** What would become of any other packet to this target. */
  readonly fateOf = (packet: Packet, length: number): Fate => fateOf(packet, length, this.#circumstances);

  /** How much of the target's traffic something holds for; `weigh` says how much of one packet, 0 to 1. */
  partOf(weigh: (one: SeenPacket) => number): Amount {
    const { packets, bytes } = this.all;
    let [whole, wholeBytes, part, partBytes] = [0, 0, 0, 0];
    for (const one of this.seen) {
      const { rate, length } = one.sample;
      const weight = rate * weigh(one);
      whole += rate;
      wholeBytes += rate * length;
      part += weight;
      partBytes += weight * length;
    }
    if (whole === 0) return { packets: 0, bytes: 0 };
    return { packets: (packets * part) / whole, bytes: (bytes * partBytes) / wholeBytes };
  }

  /** What of a class arrives behind the rules, packets or bits; `above` is gone already. */
  readonly offered = (name: CeilingClass, above: readonly Excess[]): number => {
    const arrived = volumeOf(name, this.counts, 1000);
    const passes = arrived * this.#reachingShare(name);
    const gone = above.reduce((sum, excess) => sum + excess.packets, 0);
    if (gone === 0) return passes;
    const packets = this.all.packets * this.#reachingShare('packets');
    return Math.max(0, passes * (1 - gone / Math.max(gone, packets)));
  };

  #reachingShare(name: CeilingClass): number {
    if (this.#circumstances.rules.length === 0 && this.#circumstances.lists.isIdle) return 1;
    let [whole, part] = [0, 0];
    for (const { packet, sample, fate } of this.seen) {
      if (!isOfClass(packet, name)) continue;
      const weight = name === 'bits' ? sample.rate * sample.length : sample.rate;
      whole += weight;
      part += weight * fate.reaches;
    }
    return whole === 0 ? 1 : part / whole;
  }
}
