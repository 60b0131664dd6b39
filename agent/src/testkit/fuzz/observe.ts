/** What the kernel program made of one frame: its verdict, and every counter that it moved. */
import { openRows } from '../../capture/xdp/rows.ts';
import { counterNames } from '../../engine/types.ts';
import { lookupElement } from '../../kernel/bpf-map.ts';
import { firstTarget, malformedKinds, rulesMax, structs, type Datapath } from '../../kernel/xdp/index.ts';
import { tableKey, type Address, type Outcome, type Tally } from '../reference/index.ts';
import { createTestRunner, xdpVerdict } from '../test-run.ts';
import { frameBytesMax } from './mutate.ts';

export interface Observed extends Omit<Outcome, 'target'> {
  readonly verdict: number;
  /** Packets that were counted for anybody else. */
  readonly strayPackets: number;
  /** Rules that say they dropped it. */
  readonly droppedBy: ReadonlySet<string>;
}

export interface Observer {
  /** @param target Whose counters are looked at. */
  readonly observe: (frame: Uint8Array, target: Address | null) => Observed;
}

export function createObserver(datapath: Datapath, programFd: number): Observer {
  const run = createTestRunner(programFd, frameBytesMax);
  const slots = slotFinder(datapath);
  const counters = rowReader(datapath);
  const malformedNow = malformedReader(datapath);
  const packetsNow = packetCounter(datapath);
  const hitsNow = hitReader(datapath);
  return {
    observe: (frame, target) => {
      const verdict = run(frame);
      const slot = target === null ? undefined : slots(target);
      const counts = slot === undefined ? {} : counters.moved(slot);
      const strayPackets = packetsNow() - (counts.packets ?? 0);
      if (strayPackets !== 0) counters.skip();
      return {
        verdict,
        counts,
        strayPackets,
        malformed: malformedNow(),
        ...hitsNow(),
        isDropped: verdict === xdpVerdict.drop,
      };
    },
  };
}

/** The slot that the kernel gave to an address; undefined where it gave none. */
function slotFinder({ targetsFd }: Datapath): (address: Address) => number | undefined {
  const known = { 4: new Map<bigint, number>(), 6: new Map<bigint, number>() };
  const value = new Uint8Array(4);
  return (address) => {
    const found = known[address.family].get(address.value);
    if (found !== undefined) return found;
    if (!lookupElement(targetsFd, tableKey(address), value)) return undefined;
    const slot = new DataView(value.buffer).getUint32(0, true);
    known[address.family].set(address.value, slot);
    return slot;
  };
}

interface RowReader {
  /** What a slot's counters moved by since they were looked at, as the capture source reads them. */
  moved(slot: number): Tally;
  /** Takes all rows as they are now. */
  skip(): void;
}

function rowReader(datapath: Datapath): RowReader {
  const rows = openRows(datapath);
  const columns = counterNames.length;
  const before = new Float64Array(datapath.rows * columns);
  const now = new Float64Array(columns);
  const skip = (): void => {
    for (let slot = 0; slot < datapath.rows; slot++) rows.copyTotals(slot, before, slot * columns);
  };
  const moved = (slot: number): Tally => {
    rows.copyTotals(slot, now, 0);
    const tally: Tally = {};
    for (let column = 0; column < columns; column++) {
      const difference = now[column]! - before[slot * columns + column]!;
      if (difference !== 0) tally[counterNames[column]!] = difference;
    }
    before.set(now, slot * columns);
    return tally;
  };
  skip();
  return { moved, skip };
}

/** Packets of all rows since the call before. */
function packetCounter({ maps, rows, cpus, prefixSlots }: Datapath): () => number {
  const rowWords = structs.tg_row.size / 4;
  const next = structs.tg_state.fields.next_slot >> 2;
  const shared = [0, ...prefixSlots.values()];
  const sum = (): number => {
    let packets = 0;
    const end = Math.min(rows, maps.state.u32[next]!);
    for (let cpu = 0; cpu < cpus; cpu++) {
      const first = cpu * rows;
      for (const slot of shared) packets += maps.counters.u32[(first + slot) * rowWords]!;
      for (let slot = firstTarget; slot < end; slot++)
        packets += maps.counters.u32[(first + slot) * rowWords]!;
    }
    return packets;
  };
  let before = sum();
  return () => {
    const now = sum();
    const moved = now - before;
    before = now;
    return moved;
  };
}

function malformedReader({ maps, cpus }: Datapath): () => Set<(typeof malformedKinds)[number]> {
  const before = new Uint32Array(malformedKinds.length * cpus);
  const look = (): Set<(typeof malformedKinds)[number]> => {
    const moved = new Set<(typeof malformedKinds)[number]>();
    for (let cpu = 0; cpu < cpus; cpu++) {
      const first = (cpu * structs.tg_cpu.size + structs.tg_cpu.fields.malformed) / 4;
      for (const [index, kind] of malformedKinds.entries()) {
        const now = maps.cpus.u32[first + index * 2]!;
        if (now !== before[cpu * malformedKinds.length + index]) moved.add(kind);
        before[cpu * malformedKinds.length + index] = now;
      }
    }
    return moved;
  };
  look();
  return look;
}

type Hits = Pick<Observed, 'hits' | 'bytes' | 'droppedBy'>;

function hitReader({ maps, cpus }: Datapath): () => Hits {
  const rule = structs.tg_rule;
  const { size, fields } = structs.tg_rule_hits;
  const ids = Array.from(
    { length: rulesMax },
    (_, index) => maps.rules.u64[(index * rule.size + rule.fields.id) / 8]!,
  );
  const places = Array.from({ length: cpus }, (_, cpu) => cpu).flatMap((cpu) =>
    ids.flatMap((id, index) =>
      id === 0n
        ? []
        : [
            {
              id: `mit-${id.toString(16).padStart(16, '0')}`,
              at: ((cpu * 2 * rulesMax + index) * size) / 4,
              last: [0, 0, 0],
            },
          ],
    ),
  );
  const look = (): Hits => {
    const [hits, droppedBy] = [new Set<string>(), new Set<string>()];
    let bytes = 0;
    for (const place of places) {
      const [packets, length, dropped] = [fields.packets, fields.bytes, fields.dropped].map(
        (field) => maps.hits.u32[place.at + field / 4]!,
      ) as [number, number, number];
      if (packets !== place.last[0]) {
        hits.add(place.id);
        bytes = length - place.last[1]!;
      }
      if (dropped !== place.last[2]) droppedBy.add(place.id);
      place.last = [packets, length, dropped];
    }
    return { hits, bytes, droppedBy };
  };
  look();
  return look;
}
