/**
 * Frames that were no sound packets, by kind, whatever they were addressed to. Read from memory, over all CPUs; what an
 * earlier process counted is in `totals`, never in `since`.
 */
import { malformedKinds, structs, type Datapath, type MalformedKind } from '../../kernel/xdp/index.ts';

export interface MalformedReading {
  /** Since the reading before; of the first one, since the reader was made. */
  readonly since: Readonly<Record<MalformedKind, number>>;
  /** Since the maps were made. Exact to 2^53. */
  readonly totals: Readonly<Record<MalformedKind, number>>;
}

export type MalformedReader = () => MalformedReading;

const { size, fields } = structs.tg_cpu;

export function createMalformedReader({ maps, cpus }: Pick<Datapath, 'maps' | 'cpus'>): MalformedReader {
  const totalOf = (index: number): number => {
    let sum = 0n;
    for (let cpu = 0; cpu < cpus; cpu++) sum += maps.cpus.u64[(cpu * size + fields.malformed) / 8 + index]!;
    return Number(sum);
  };
  const look = (): Record<MalformedKind, number> => byKind((_, index) => totalOf(index));
  let before = look();
  return () => {
    const totals = look();
    const since = byKind((kind) => totals[kind] - before[kind]);
    before = totals;
    return { since, totals };
  };
}

const byKind = (value: (kind: MalformedKind, index: number) => number): Record<MalformedKind, number> =>
  Object.fromEntries(malformedKinds.map((kind, index) => [kind, value(kind, index)])) as Record<
    MalformedKind,
    number
  >;
