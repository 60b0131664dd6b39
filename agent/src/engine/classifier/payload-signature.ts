/**
 * Finds bytes that the packets of an attack have in common, at a fixed place behind the transport header: what a tool
 * that always sends the same question gives away.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import type { Seen, Traffic } from './traffic.ts';

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
export function payloadSignatures(attack: Traffic, quiet: Traffic): Payload[] {
  const usual = tallyOf(quiet);
  const common = commonBytes(attack, tallyOf(attack), usual, quiet.scale / attack.scale);
  const strange = strangeness(common, quiet.seen);
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

/** Weights of the packets that have each byte, or a bit set, at each position, and that reach so far at all. */
interface Tally {
  readonly bytes: Float32Array;
  readonly ones: Float32Array;
  readonly there: Float32Array;
}

function tallyOf({ seen }: Traffic): Tally {
  const bytes = new Float32Array(positionsMax * 256);
  const ones = new Float32Array(bitPositionsMax * 8);
  const there = new Float32Array(positionsMax);
  for (const one of seen) {
    const start = payloadStart(one);
    if (start === null) continue;
    const { weight, packet } = one;
    const end = Math.min(packet.data.length - start, positionsMax);
    for (let at = 0; at < end; at++) {
      const byte = packet.data[start + at]!;
      bytes[at * 256 + byte]! += weight;
      there[at]! += weight;
      for (let bit = 0; bit < 8 && at < bitPositionsMax; bit++)
        if ((byte & (1 << bit)) !== 0) ones[at * 8 + bit]! += weight;
    }
  }
  return { bytes, ones, there };
}

/**
 * What the attack has in common, though legitimate packets may be among its own: so many of the packets have it, beyond
 * those that have it in quiet times, that they can only be all of the attack's.
 *
 * @param perQuiet Weight of present packets that one unit of quiet weight stands for.
 */
function commonBytes({ excess }: Traffic, now: Tally, quiet: Tally, perQuiet: number): Common {
  const least = commonShareMin * excess;
  const beyond = (present: number, usual: number): boolean => present - usual * perQuiet >= least;
  const common = { value: new Uint8Array(positionsMax), mask: new Uint8Array(positionsMax) };
  for (let at = 0; at < positionsMax && excess > 0 && now.there[at]! >= least; at++) {
    for (let bit = 0; bit < 8 && at < bitPositionsMax; bit++) {
      const [set, usuallySet] = [now.ones[at * 8 + bit]!, quiet.ones[at * 8 + bit]!];
      const isSet = beyond(set, usuallySet);
      if (!isSet && !beyond(now.there[at]! - set, quiet.there[at]! - usuallySet)) continue;
      common.mask[at]! |= 1 << bit;
      if (isSet) common.value[at]! |= 1 << bit;
    }
    for (let byte = 0; byte < 256; byte++) {
      const index = at * 256 + byte;
      if (now.bytes[index]! < least || !beyond(now.bytes[index]!, quiet.bytes[index]!)) continue;
      common.mask[at] = 0xff;
      common.value[at] = byte;
    }
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
