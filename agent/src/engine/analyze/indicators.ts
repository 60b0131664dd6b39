/** What an attack is known again by: sources that are real, reflectors, ports, lengths, flags, bytes of the payload. */
import { toHex } from '@tidegate/schemas';
import type { Analysis } from '@tidegate/schemas';
import { sourceOf } from '../packet/index.ts';
import type { Attack } from '../types.ts';
import { isReflection } from './families.ts';
import { partsOf, weightOf } from './looked.ts';
import type { Looked } from './looked.ts';
import { sourcesOf } from './sources.ts';
import { belongs, rounded } from './members.ts';
import type { Verdict } from './verdict.ts';

export type Indicator = Analysis['indicators'][number];

/** Of one vector; the whole list is the reader's to extract from the capture with the ports. */
const sourcesMax = 100;
const valuesMax = 4;
const valueShareMin = 0.2;
/** From here on a source says nothing about who sent. */
export const spoofedMin = 0.5;

/** Bytes of the payload that are looked at, how many of them must be alike, and in which part of the packets. */
const payloadBytesMax = 32;
const payloadBytesMin = 4;
const payloadShareMin = 0.95;
const payloadSamplesMin = 16;

export function indicatorsOf(
  attack: Attack,
  { candidate }: Verdict,
  bySource: ReadonlyMap<string, number>,
): Indicator[] {
  const { family } = attack;
  const members = candidate.during.filter(belongs(attack));
  const of = (type: Indicator['type'], value: string, share: number): Indicator => ({
    type,
    value,
    share: rounded(share),
    family,
  });
  const values = (
    type: Indicator['type'],
    valueOf: (looked: Looked) => number | null,
    text: (value: number) => string = String,
  ): Indicator[] =>
    partsOf(members, valueOf)
      .filter(({ share }) => share >= valueShareMin)
      .slice(0, valuesMax)
      .map(({ value, share }) => of(type, text(value), share));
  const payload = commonPayload(members);
  return [
    ...values('sourcePort', ({ packet }) => packet.sourcePort),
    ...values('destinationPort', ({ packet }) => packet.destinationPort),
    ...values('packetLength', ({ sample }) => sample.length),
    ...values('tcpFlags', ({ packet }) => packet.tcpFlags, flagsText),
    ...values('hopLimit', ({ packet }) => packet.ttl),
    ...(payload === null ? [] : [of('payload', payload.text, payload.share)]),
    ...sourceIndicators(attack, members, bySource, of),
  ];
}

function sourceIndicators(
  attack: Attack,
  members: readonly Looked[],
  bySource: ReadonlyMap<string, number>,
  of: (type: Indicator['type'], value: string, share: number) => Indicator,
): Indicator[] {
  const isReflected = isReflection(attack.family);
  if (!isReflected && (attack.spoofed ?? 1) >= spoofedMin) return [];
  const total = weightOf(members);
  const weights = new Map<string, number>();
  for (const { packet, weight } of members) {
    const source = sourceOf(packet);
    weights.set(source, (weights.get(source) ?? 0) + weight);
  }
  return sourcesOf(members, bySource)
    .slice(0, sourcesMax)
    .map((source) => of(isReflected ? 'reflector' : 'source', source, (weights.get(source) ?? 0) / total));
}

const flagNames = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] as const;
const flagsText = (bits: number): string =>
  flagNames.filter((_, index) => (bits & (1 << index)) !== 0).join('+') || 'none';

/** The longest run of bytes that nearly all payloads begin with or hold at the same place. */
function commonPayload(members: readonly Looked[]): { text: string; share: number } | null {
  const payloads = members
    .filter(
      ({ packet }) =>
        packet.sourcePort !== null && packet.payloadOffset + payloadBytesMin <= packet.data.length,
    )
    .map(({ packet, weight }) => ({
      bytes: packet.data.subarray(packet.payloadOffset, packet.payloadOffset + payloadBytesMax),
      weight,
    }));
  if (payloads.length < payloadSamplesMin) return null;
  const common = Array.from({ length: payloadBytesMax }, (_, at) => commonByte(payloads, at));
  let best: { from: number; to: number } = { from: 0, to: 0 };
  for (let from = 0; from < common.length; from++) {
    let to = from;
    while (to < common.length && common[to] !== null) to++;
    if (to - from > best.to - best.from) best = { from, to };
    from = to;
  }
  if (best.to - best.from < payloadBytesMin) return null;
  const run = Uint8Array.from(common.slice(best.from, best.to), (byte) => byte ?? 0);
  // Padding is no signature.
  if (run.every((byte) => byte === run[0])) return null;
  const total = payloads.reduce((sum, { weight }) => sum + weight, 0);
  const hit = payloads.filter(({ bytes }) => run.every((byte, index) => bytes[best.from + index] === byte));
  const share = hit.reduce((sum, { weight }) => sum + weight, 0) / total;
  return share < payloadShareMin ? null : { text: `${best.from}:${toHex(run)}`, share };
}

/** The byte that nearly all payloads have at this place. */
function commonByte(
  payloads: readonly { readonly bytes: Uint8Array; readonly weight: number }[],
  at: number,
): number | null {
  const weights = new Map<number, number>();
  let total = 0;
  for (const { bytes, weight } of payloads) {
    total += weight;
    const byte = bytes[at];
    if (byte !== undefined) weights.set(byte, (weights.get(byte) ?? 0) + weight);
  }
  for (const [byte, weight] of weights) if (weight >= payloadShareMin * total) return byte;
  return null;
}
