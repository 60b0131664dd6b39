/**
 * Who sends the most, and how many sources are known: read from what the kernel keeps (bpf/sources.h).
 *
 * Promises: heavy hitters are those of the last whole second (1.07 s), estimated without a bias upwards of more than
 * what shares their buckets; bounded work, some tenths of a ms; the filter of known sources never fills up, because
 * the older half is cleared when the younger one is full or old.
 */
import { formatAddress } from '@tidegate/schemas';
import { seenWords, sketchColumns, sketchRows, structs, type Datapath } from '../../kernel/xdp/index.ts';

const heavy = structs.tg_heavy;
const epochNs = 2 ** 30;
const candidatesMax = 64;
const knownMax = 1_000_000;
const halfAgeMaxNs = 24 * 3600e9;
const mask64 = 0xffff_ffff_ffff_ffffn;

export interface HeavyHitter {
  readonly source: string;
  /** Slot of the target; a prefix's where the table of targets was full. */
  readonly slot: number;
  /** Estimate for the second, from samples. */
  readonly packets: number;
}

export interface Sources {
  /** The heaviest first, at most `max`. */
  heaviest(nowNs: number, max: number): HeavyHitter[];
  /** Clears what is old; call it every second or so. */
  tend(nowNs: number): void;
  /** Sources that became known and are in the younger half. */
  known(): number;
}

export function createSources({ maps, cpus }: Datapath): Sources {
  const { heavyHitters, config, state, seenSources } = maps;
  const halfAt = structs.tg_config.fields.seen_half >> 2;
  const knownAt = structs.tg_state.fields.sources_known / 8;
  let halfSinceNs: number | null = null;
  const sketch = openSketch(heavyHitters, cpus);
  return {
    heaviest: (nowNs, max) => {
      const epoch = Math.floor(nowNs / epochNs) - 1;
      const found = new Map<string, HeavyHitter>();
      for (const { bytes, slot } of sketch.candidates(epoch)) {
        const source = formatAddress(bytes);
        const key = `${source} ${slot}`;
        if (found.has(key)) continue;
        found.set(key, { source, slot, packets: sketch.estimate(epoch, bytes, slot) });
      }
      return [...found.values()].sort((a, b) => b.packets - a.packets).slice(0, max);
    },
    tend: (nowNs) => {
      halfSinceNs ??= nowNs;
      const known = Number(state.u64[knownAt]!);
      if (known < knownMax && nowNs - halfSinceNs < halfAgeMaxNs) return;
      const next = 1 - (config.u32[halfAt]! & 1);
      seenSources.u32.fill(0, next * seenWords * 2, (next + 1) * seenWords * 2);
      Atomics.store(config.u32, halfAt, next);
      Atomics.store(state.u64, knownAt, 0n);
      halfSinceNs = nowNs;
    },
    known: () => Number(state.u64[knownAt]!),
  };
}

interface Candidate {
  readonly bytes: Uint8Array;
  readonly slot: number;
  readonly votes: number;
}

interface Sketch {
  /** Keys that lead a bucket, those with the most votes first. */
  candidates(epoch: number): Candidate[];
  /** Least over the rows of what a bucket allows for the key (MV-Sketch, section III), summed over CPUs. */
  estimate(epoch: number, source: Uint8Array, slot: number): number;
}

function openSketch(
  { u32, u64, bytes }: { u32: Uint32Array; u64: BigUint64Array; bytes: Uint8Array },
  cpus: number,
): Sketch {
  const signed = new BigInt64Array(u64.buffer);
  const bucketAt = (cpu: number, epoch: number, row: number, column: number): number =>
    (((cpu * 2 + (epoch & 1)) * sketchRows + row) * sketchColumns + column) * heavy.size;
  const isOf = (at: number, epoch: number): boolean => u32[(at + heavy.fields.epoch) >> 2] === epoch >>> 0;
  return {
    candidates: (epoch) => {
      const found: Candidate[] = [];
      for (let cpu = 0; cpu < cpus; cpu++) {
        for (let column = 0; column < sketchColumns * sketchRows; column++) {
          const at = bucketAt(cpu, epoch, 0, column);
          if (!isOf(at, epoch)) continue;
          const votes = Number(signed[(at + heavy.fields.votes) / 8]!);
          if (votes <= 0) continue;
          found.push({ bytes: bytes.slice(at, at + 16), slot: u32[(at + heavy.fields.slot) >> 2]!, votes });
        }
      }
      return found.sort((a, b) => b.votes - a.votes).slice(0, candidatesMax * sketchRows);
    },
    estimate: (epoch, source, slot) => {
      const hash = hashSource(source, slot);
      let sum = 0;
      for (let cpu = 0; cpu < cpus; cpu++) {
        let least = Infinity;
        for (let row = 0; row < sketchRows; row++) {
          const at = bucketAt(
            cpu,
            epoch,
            row,
            Number((hash >> BigInt(row * 20)) & BigInt(sketchColumns - 1)),
          );
          if (!isOf(at, epoch)) continue;
          const total = Number(u64[(at + heavy.fields.total) / 8]!);
          const votes = Number(signed[(at + heavy.fields.votes) / 8]!);
          const leads =
            u32[(at + heavy.fields.slot) >> 2] === slot &&
            source.every((byte, index) => bytes[at + index] === byte);
          least = Math.min(least, (total + (leads ? votes : -votes)) / 2);
        }
        if (least !== Infinity) sum += least;
      }
      return Math.round(sum);
    },
  };
}

/** tg_hash_source of bpf/sources.h. */
function hashSource(source: Uint8Array, slot: number): bigint {
  const view = new DataView(source.buffer, source.byteOffset, 16);
  const first = (view.getBigUint64(0, true) + BigInt(slot) * 0x9e3779b97f4a7c15n) & mask64;
  let hash = first ^ ((view.getBigUint64(8, true) * 0xc2b2ae3d27d4eb4fn) & mask64);
  hash ^= hash >> 32n;
  hash = (hash * 0xff51afd7ed558ccdn) & mask64;
  return hash ^ (hash >> 29n);
}
