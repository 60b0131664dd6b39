/**
 * Which feeds and entries the traffic matched: sampled packets from threat indicators, each looked up in the set that
 * is in force and weighted by what it stands for.
 *
 * Bounds: 16 look-ups a call (17 to 130 µs each), with a memory of the last 1,024 sources; 1,000 entries, of which
 * those with the fewest packets go first. Counts halve every minute, so what is told is about the last minutes.
 */
import type { LoadedIndicators } from '../../kernel/xdp/indicators.ts';

export interface IndicatorHit {
  readonly feed: string;
  /** The entry as the feed has it, such as 198.51.100.0/24. */
  readonly entry: string;
  readonly action: 'count' | 'drop';
  /** Estimate from samples. */
  readonly packets: number;
}

export interface IndicatorTally {
  /** @param source 16 bytes, IPv4 mapped. @param weight Packets that the sample stands for. */
  add(set: LoadedIndicators, source: Uint8Array, weight: number): void;
  /** Call it before the samples of a tick. */
  begin(nowNs: number): void;
  /** Those with the most packets first. */
  top(max: number): IndicatorHit[];
}

const lookupsMax = 16;
const sourcesMax = 1024;
const entriesMax = 1000;
const halveEveryNs = 60e9;

type Matches = ReturnType<LoadedIndicators['matchesOf']>;

export function createIndicatorTally(): IndicatorTally {
  const hits = new Map<string, { -readonly [Field in keyof IndicatorHit]: IndicatorHit[Field] }>();
  const known = new Map<string, Matches>();
  let knownOf: LoadedIndicators | null = null;
  let [left, halvedNs] = [lookupsMax, 0];
  const matchesOf = (set: LoadedIndicators, source: Uint8Array): Matches => {
    if (set !== knownOf) known.clear();
    knownOf = set;
    const key = Buffer.from(source).toString('latin1');
    const before = known.get(key);
    if (before !== undefined) return before;
    if (left === 0) return [];
    left--;
    const found = set.matchesOf(source);
    if (known.size >= sourcesMax) known.delete(known.keys().next().value!);
    known.set(key, found);
    return found;
  };
  const makeRoom = (): void => {
    if (hits.size < entriesMax) return;
    const [least] = [...hits].sort(([, a], [, b]) => a.packets - b.packets);
    hits.delete(least![0]);
  };
  return {
    begin: (nowNs) => {
      left = lookupsMax;
      if (nowNs - halvedNs < halveEveryNs) return;
      halvedNs = nowNs;
      for (const [key, hit] of hits) {
        hit.packets = Math.floor(hit.packets / 2);
        if (hit.packets === 0) hits.delete(key);
      }
    },
    add: (set, source, weight) => {
      for (const { feed, entry, action } of matchesOf(set, source)) {
        const key = `${feed} ${entry}`;
        const hit = hits.get(key);
        if (hit !== undefined) hit.packets += weight;
        else {
          makeRoom();
          hits.set(key, { feed, entry, action, packets: weight });
        }
      }
    },
    top: (max) => [...hits.values()].sort((a, b) => b.packets - a.packets).slice(0, max),
  };
}
