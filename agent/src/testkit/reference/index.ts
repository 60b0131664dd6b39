/**
 * An independent reading of a frame: what the XDP program is to make of it, written from the RFCs and from what the
 * program says of itself, never from its code. It shares no table with the program and none with engine/packet, so
 * that one mistake is not made twice. Slow and plain; `capture/xdp/fuzz.kernel.ts` holds the program against it.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import type { MalformedKind } from '../../kernel/xdp/index.ts';
import { isWithin, readPrefix, type Address } from './address.ts';
import { dissect, type Decapsulation } from './frame.ts';
import { readMatch, type Packet } from './rules.ts';
import { tally, type Tally } from './tally.ts';

export { tableKey, type Address } from './address.ts';
export type { Tally } from './tally.ts';

export interface ReferenceRule {
  readonly id: string;
  readonly match: TrafficMatch;
  readonly verdict: 'count' | 'drop';
}

export interface ReferenceSettings {
  readonly protect: readonly string[];
  /** Sources that no rule touches. */
  readonly safelist: readonly string[];
  readonly decapsulate: Decapsulation;
  readonly rules: readonly ReferenceRule[];
}

export interface Outcome {
  readonly malformed: ReadonlySet<MalformedKind>;
  /** Whose counters the packet adds to; null where it is nobody's. */
  readonly target: Address | null;
  readonly counts: Tally;
  /** Ids of the rules that count it. */
  readonly hits: ReadonlySet<string>;
  readonly isDropped: boolean;
  /** Bytes that the rules count it with. */
  readonly bytes: number;
}

export type Reference = (frame: Uint8Array) => Outcome;

export function createReference({ protect, safelist, decapsulate, rules }: ReferenceSettings): Reference {
  const own = protect.map(readPrefix);
  const safe = safelist.map(readPrefix);
  const read = rules.map(({ match, ...rule }) => ({ ...rule, isHit: readMatch(match) }));
  const isExempt = ({ isNeeded, source }: Packet): boolean =>
    isNeeded || safe.some((prefix) => isWithin(source, prefix));
  return (frame) => {
    const { packet, malformed } = dissect(frame, decapsulate);
    if (packet === null || !own.some((prefix) => isWithin(packet.destination, prefix)))
      return { malformed, target: null, counts: {}, hits: new Set(), isDropped: false, bytes: 0 };
    const hit = isExempt(packet) ? [] : read.filter(({ isHit }) => isHit(packet));
    const isDropped = hit.some(({ verdict }) => verdict === 'drop');
    return {
      malformed,
      target: packet.destination,
      counts: { ...tally(packet), ...(isDropped && { droppedPackets: 1, droppedBytes: packet.length }) },
      hits: new Set(hit.map(({ id }) => id)),
      isDropped,
      bytes: packet.length,
    };
  };
}
