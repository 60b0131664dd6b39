/**
 * The memory of known sources, as bpf/sources.h keeps it: of packets that are looked at, those from sources never seen
 * before are counted, and few sources become known in each slice of time, so that a flood does not teach its own before
 * it is noticed. A set stands for the two Bloom filters; what they forget takes a day.
 */
import { counter } from '../types.ts';
import type { Packet } from '../packet/index.ts';

const learnedPerSlice = 512;
const sliceNs = 2 ** 24;

export class KnownSources {
  readonly #known = new Set<string | number>();
  #slice = -1;
  #learned = 0;

  /** @param isLearning No while an attack is on. */
  count(counts: Float64Array, packet: Packet, atNs: number, isLearning: boolean): void {
    counts[counter.sourcesSampled]! += 1;
    const key = keyOf(packet);
    if (this.#known.has(key)) return;
    counts[counter.sourcesNew]! += 1;
    if (!isLearning) return;
    const slice = Math.floor(atNs / sliceNs);
    if (slice !== this.#slice) this.#learned = 0;
    this.#slice = slice;
    if (this.#learned >= learnedPerSlice) return;
    this.#learned += 1;
    this.#known.add(key);
  }
}

function keyOf({ version, data }: Packet): string | number {
  if (version === 4) return data[12]! * 2 ** 24 + ((data[13]! << 16) | (data[14]! << 8) | data[15]!);
  let key = '';
  for (let at = 8; at < 24; at += 2) key += String.fromCharCode((data[at]! << 8) | data[at + 1]!);
  return key;
}
