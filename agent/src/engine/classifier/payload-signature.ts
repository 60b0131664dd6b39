/**
 * Finds bytes that the packets of an attack have in common, at a fixed place behind the transport header: what a tool
 * that always sends the same question gives away.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import type { Seen } from './traffic.ts';

type Payload = NonNullable<TrafficMatch['payload']>;

/** As many bytes as a rule can name. */
const bytesMax = 16;
/** What 128 captured bytes leave behind the headers of IPv4 and UDP. */
const positionsMax = 100;
/** A byte, or a bit, is common where so much of the attack has the same. */
const commonShareMin = 0.985;
/** Single bits are looked at only in the first bytes, where protocols keep their flags. */
const bitPositionsMax = 24;
/** Fewer common bits could be chance, or the format of a protocol that others speak, too. */
const commonBitsMin = 30;
const offersMax = 4;

/** Where the captured payload of TCP or UDP begins; null where there is none. */
const payloadStart = ({ packet }: Seen): number | null =>
  packet.sourcePort === null || packet.payloadOffset >= packet.data.length ? null : packet.payloadOffset;

/** What the payloads have in common at each position: bits of `mask` are as in `value`. */
interface Common {
  readonly value: Uint8Array;
  readonly mask: Uint8Array;
}

/** The most telling common bytes, at most four offers; none where the payloads have nothing in common. */
export function payloadSignatures(attack: readonly Seen[], quiet: readonly Seen[]): Payload[] {
  const common = commonBytes(attack);
  const strange = strangeness(common, quiet);
  const windows: { offset: number; score: number; bits: number }[] = [];
  for (let offset = 0; offset < positionsMax; offset++) {
    if (common.mask[offset] === 0) continue;
    let [score, bits] = [0, 0];
    for (let at = offset; at < Math.min(positionsMax, offset + bytesMax); at++) {
      bits += bitsIn(common.mask[at]!);
      score += strange[at]!;
    }
    if (bits >= commonBitsMin) windows.push({ offset, score, bits });
  }
  return windows
    .sort((a, b) => b.score - a.score || b.bits - a.bits || a.offset - b.offset)
    .slice(0, offersMax)
    .map(({ offset }) => payloadAt(common, offset));
}

function bitsIn(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}

function commonBytes(attack: readonly Seen[]): Common {
  const weights = new Float64Array(positionsMax * 256);
  const ones = new Float64Array(bitPositionsMax * 8);
  const there = new Float64Array(positionsMax);
  let total = 0;
  for (const one of attack) {
    const { excess, packet } = one;
    total += excess;
    const start = payloadStart(one);
    if (start === null) continue;
    const end = Math.min(packet.data.length - start, positionsMax);
    for (let at = 0; at < end; at++) {
      const byte = packet.data[start + at]!;
      weights[at * 256 + byte]! += excess;
      there[at]! += excess;
      if (at < bitPositionsMax)
        for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) ones[at * 8 + bit]! += excess;
    }
  }
  const least = commonShareMin * total;
  const common = { value: new Uint8Array(positionsMax), mask: new Uint8Array(positionsMax) };
  for (let at = 0; at < positionsMax && total > 0 && there[at]! >= least; at++) {
    for (let bit = 0; bit < 8 && at < bitPositionsMax; bit++) {
      const set = ones[at * 8 + bit]!;
      if (set < least && there[at]! - set < least) continue;
      common.mask[at]! |= 1 << bit;
      if (set >= least) common.value[at]! |= 1 << bit;
    }
    const byte = weights.subarray(at * 256, at * 256 + 256).findIndex((weight) => weight >= least);
    if (byte < 0) continue;
    common.mask[at] = 0xff;
    common.value[at] = byte;
  }
  return common;
}

/** Share of the quiet packets that differ at each position. */
function strangeness({ value, mask }: Common, quiet: readonly Seen[]): Float64Array {
  const others = new Float64Array(positionsMax);
  for (const one of quiet) {
    const start = payloadStart(one);
    const { data } = one.packet;
    for (let at = 0; at < positionsMax; at++) {
      const byte = start === null ? undefined : data[start + at];
      if (mask[at] !== 0 && (byte === undefined || ((byte ^ value[at]!) & mask[at]!) !== 0)) others[at]! += 1;
    }
  }
  return others.map((count) => count / Math.max(1, quiet.length));
}

function payloadAt({ value, mask }: Common, offset: number): Payload {
  let length = Math.min(bytesMax, positionsMax - offset);
  while (mask[offset + length - 1] === 0) length--;
  const hex = (bytes: Uint8Array): string =>
    Array.from(bytes.subarray(offset, offset + length), (byte) => byte.toString(16).padStart(2, '0')).join(
      '',
    );
  const masked = hex(mask);
  return { offset, bytes: hex(value), ...(/^f+$/.test(masked) ? {} : { mask: masked }) };
}
