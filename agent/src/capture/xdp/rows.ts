/** Reads counter rows out of the kernel's memory: one row per CPU and slot, summed over CPUs, by the engine's names. */
import { ceilingCounter, counter, counterNames, type CounterName } from '../../engine/types.ts';
import {
  ceilingClasses,
  rowCounter,
  structs,
  type CeilingClass,
  type Datapath,
} from '../../kernel/xdp/index.ts';

const wordsPerRow = structs.tg_row.size / 4;
const twoTo32 = 2 ** 32;

// FIN, SYN, RST and ACK, as bits of a kind: see tg_tcp_kind in bpf/count.h.
const [fin, syn, rst, ack] = [1, 2, 4, 8];

/** Which named counters a TCP packet of each kind counts in. */
const kindNames = Array.from({ length: 16 }, (_, kind): CounterName[] => {
  const names: CounterName[] = [];
  if (kind === ack) names.push('tcpAck');
  else if (kind === syn) names.push('tcpSyn');
  else if (kind === (syn | ack)) names.push('tcpSynAck');
  if ((kind & rst) !== 0) names.push('tcpRst');
  if ((kind & fin) !== 0) names.push('tcpFin');
  // A connection starts, ends or breaks, one at a time, and only SYN and RST come without ACK.
  const several = [syn | fin, syn | rst, rst | fin].some((pair) => (kind & pair) === pair);
  if (kind === 0 || kind === fin || several) names.push('tcpInvalid');
  return names;
});

/** The kernel's classes of ceilings by the names of the policy. */
const aboveNames: Readonly<Record<CeilingClass, CounterName>> = {
  packets: ceilingCounter.packets,
  bytes: ceilingCounter.bits,
  tcpSyn: ceilingCounter.syn,
  tcp: ceilingCounter.tcp,
  udp: ceilingCounter.udp,
  icmp: ceilingCounter.icmp,
  fragment: ceilingCounter.fragments,
  other: ceilingCounter.other,
};

const sums: readonly { readonly first: number; readonly name: CounterName }[] = [
  { first: rowCounter.ceilingHeld, name: 'ceilingPackets' },
  { first: rowCounter.ceilingMarked, name: 'overBaselinePackets' },
];

/** For each word of a kernel row, the counters of the engine that it adds to. */
const places: readonly (readonly number[])[] = (() => {
  const named = new Map<number, readonly CounterName[]>();
  for (const [name, at] of Object.entries(rowCounter))
    if ((counterNames as readonly string[]).includes(name)) named.set(at, [name as CounterName]);
  for (const [kind, names] of kindNames.entries()) named.set(rowCounter.tcpKinds + kind, names);
  for (const { first, name } of sums)
    for (const [index, held] of ceilingClasses.entries())
      named.set(first + index, first === rowCounter.ceilingHeld ? [name, aboveNames[held]] : [name]);
  return [...named]
    .sort(([a], [b]) => a - b)
    .map(([at, names]) => [at, ...names.map((name) => counter[name])]);
})();

/** The same, flat: kernel word, engine counter. */
const pairs = Int32Array.from(
  places.flatMap(([at, ...columns]) => columns.flatMap((column) => [at!, column])),
);

export interface Rows {
  /** Packets of a slot, over all CPUs. Exact to 2^53. */
  packets(slot: number): number;
  /** Moves whenever a counter of the slot does: cheaper than reading them all. */
  fingerprint(slot: number): number;
  /** Writes the counters of a slot to `into`, from `at` on, in the order of `counterNames`. */
  copyTotals(slot: number, into: Float64Array, at: number): void;
}

export function openRows({ maps, rows, cpus }: Datapath): Rows {
  const words = maps.counters.u32;
  // A 64-bit counter is read as two halves, because a BigInt each would be garbage: read again when the upper half
  // moved in between.
  const read = (index: number): number => {
    for (;;) {
      const high = words[index + 1]!;
      const low = words[index]!;
      if (words[index + 1] === high) return high * twoTo32 + low;
    }
  };
  const total = (slot: number, at: number): number => {
    let sum = 0;
    for (let cpu = 0; cpu < cpus; cpu++) sum += read((cpu * rows + slot) * wordsPerRow + at * 2);
    return sum;
  };
  return {
    packets: (slot) => total(slot, rowCounter.packets),
    // What a target sends may move while it receives nothing.
    fingerprint: (slot) => total(slot, rowCounter.packets) + total(slot, rowCounter.outPackets),
    copyTotals: (slot, into, at) => {
      into.fill(0, at, at + counterNames.length);
      for (let cpu = 0; cpu < cpus; cpu++) {
        const row = (cpu * rows + slot) * wordsPerRow;
        for (let pair = 0; pair < pairs.length; pair += 2)
          into[at + pairs[pair + 1]!]! += read(row + pairs[pair]! * 2);
      }
    },
  };
}
