/** What each vector of an attack looks like: ports, lengths, protocol, rates. */
import type { Analysis, PortRange } from '@tidegate/schemas';
import type { Attack } from '../types.ts';
import { partsOf, shareOf, weightOf } from './looked.ts';
import type { Looked } from './looked.ts';
import { belongs, rounded } from './members.ts';
import type { Verdict } from './verdict.ts';

export type Vector = Analysis['vectors'][number];

/** Values that are named one by one, and how much of the packets they must hold together. */
const valuesMax = 8;
const namedShareMin = 0.8;
/** Of a range, so much is cut off at either end. */
const trimShare = 0.01;
/** A range that spans more is no range. */
const portSpanMax = 20_000;

export function vectorOf(attack: Attack, { candidate, during }: Verdict): Vector {
  const members = candidate.during.filter(belongs(attack));
  const packetShare = shareOf(candidate.during, belongs(attack));
  const bytes = (looked: readonly Looked[]): number =>
    looked.reduce((sum, { sample, weight }) => sum + weight * sample.length, 0);
  const all = bytes(candidate.during);
  const { match } = attack;
  const protocols = partsOf(members, ({ packet }) => packet.protocol);
  const protocol = protocols[0] !== undefined && protocols[0].share >= 0.95 ? protocols[0].value : null;
  return {
    family: attack.family,
    share: rounded(attack.share ?? packetShare),
    confidence: attack.confidence,
    protocol: match?.protocol ?? protocol,
    sourcePorts: match?.sourcePorts ?? rangesOf(members, ({ packet }) => packet.sourcePort, portSpanMax),
    destinationPorts:
      match?.destinationPorts ?? rangesOf(members, ({ packet }) => packet.destinationPort, portSpanMax),
    packetLengths: rangesOf(members, ({ sample }) => sample.length, Infinity),
    packetsPerSecond: Math.round(during.packetsPerSecond * packetShare),
    bitsPerSecond: Math.round(all === 0 ? 0 : (during.bitsPerSecond * bytes(members)) / all),
    spoofed: attack.spoofed === undefined ? null : rounded(attack.spoofed),
    answer: attack.answer ?? (match === null ? 'none' : 'rule'),
  };
}

/** The values that hold most of the packets, else the range that holds nearly all; none where that is too wide. */
function rangesOf(
  members: readonly Looked[],
  valueOf: (looked: Looked) => number | null,
  spanMax: number,
): PortRange[] {
  const parts = partsOf(members, valueOf);
  const few = parts.slice(0, valuesMax).filter(({ share }) => share >= 0.05);
  if (few.reduce((sum, { share }) => sum + share, 0) >= namedShareMin) {
    return few.map(({ value }) => ({ from: value, to: value })).sort((a, b) => a.from - b.from);
  }
  if (parts.length === 0 || weightOf(members) === 0) return [];
  const sorted = [...parts].sort((a, b) => a.value - b.value);
  const from = quantile(sorted, trimShare);
  const to = quantile(sorted, 1 - trimShare);
  return to - from > spanMax ? [] : [{ from, to }];
}

function quantile(sorted: readonly { readonly value: number; readonly share: number }[], at: number): number {
  let sum = 0;
  for (const { value, share } of sorted) if ((sum += share) >= at) return value;
  return sorted.at(-1)!.value;
}
