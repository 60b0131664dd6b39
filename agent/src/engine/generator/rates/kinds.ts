/**
 * Kinds of packets: those that are counted in the same columns, with a pool of real packets to sample from.
 *
 * Promises: what is counted in a window is what the packets of its samples would have been counted as, because the
 * columns of a kind are found by counting one of its packets.
 */
import { countPacket, parsePacket } from '../../packet/index.ts';
import type { Packet } from '../../packet/index.ts';
import { counter, counterNames } from '../../types.ts';

/** As of a sample. */
const keptBytes = 128;
/** Packets that a kind keeps to sample from. */
const poolMax = 1024;
const byteColumns: ReadonlySet<number> = new Set([
  counter.bytes,
  counter.tcpBytes,
  counter.udpBytes,
  counter.icmpBytes,
  counter.otherBytes,
  counter.udpAmplifierBytes,
  counter.udpDnsBytes,
]);

export interface PooledPacket {
  readonly data: Uint8Array;
  /** Of the whole packet, bytes. */
  readonly length: number;
}

export interface Kind {
  /** Columns that count packets, and those that count bytes. */
  readonly columns: Uint8Array;
  readonly byteColumns: Uint8Array;
  /** One of them, for what depends on protocol and flags. */
  readonly example: Packet;
  /** Of all the packets that the kinds were made of, 0 to 1. */
  readonly share: number;
  /** Bytes: mean, and standard deviation. */
  readonly length: number;
  readonly lengthDeviation: number;
  readonly pool: readonly PooledPacket[];
}

/** Sorts packets into kinds, the most frequent first. Packets that are not IP are left out. */
export function kindsOf(packets: readonly Uint8Array[]): Kind[] {
  const groups = new Map<string, { columns: number[]; example: Packet; members: Uint8Array[] }>();
  const counts = new Float64Array(counterNames.length);
  for (const bytes of packets) {
    const example = parsePacket(bytes);
    if (example === null) continue;
    counts.fill(0);
    countPacket(counts, example);
    const columns = [...counts.keys()].filter((column) => counts[column] !== 0);
    const group = groups.get(columns.join()) ?? { columns, example, members: [] };
    groups.set(columns.join(), group);
    group.members.push(bytes);
  }
  return [...groups.values()]
    .sort((a, b) => b.members.length - a.members.length)
    .map(({ columns, example, members }) => {
      const lengths = members.map(({ length }) => length);
      const length = lengths.reduce((sum, one) => sum + one, 0) / lengths.length;
      const variance = lengths.reduce((sum, one) => sum + (one - length) ** 2, 0) / lengths.length;
      return {
        columns: Uint8Array.from(columns.filter((column) => !byteColumns.has(column))),
        byteColumns: Uint8Array.from(columns.filter((column) => byteColumns.has(column))),
        example,
        share: members.length / packets.length,
        length,
        lengthDeviation: Math.sqrt(variance),
        pool: members
          .slice(0, poolMax)
          .map((bytes) => ({ data: bytes.slice(0, keptBytes), length: bytes.length })),
      };
    });
}

/** Counts packets of a kind, with some bytes in all. */
export function countKind(counts: Float64Array, kind: Kind, packets: number, bytes: number): void {
  const { columns, byteColumns: ofBytes } = kind;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    counts[column] = counts[column]! + packets;
  }
  for (let index = 0; index < ofBytes.length; index++) {
    const column = ofBytes[index]!;
    counts[column] = counts[column]! + bytes;
  }
}
