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
/** A byte is common where so much of the attack has the same. */
const commonShareMin = 0.985;
/** Fewer common bytes could be chance, or the format of a protocol that others speak, too. */
const commonBytesMin = 4;
const offersMax = 4;

/** Where the captured payload of TCP or UDP begins; null where there is none. */
const payloadStart = ({ packet }: Seen): number | null =>
  packet.sourcePort === null || packet.payloadOffset >= packet.data.length ? null : packet.payloadOffset;

/** The most telling common bytes, at most four offers; none where the payloads have nothing in common. */
export function payloadSignatures(attack: readonly Seen[], quiet: readonly Seen[]): Payload[] {
  const common = commonBytes(attack);
  const strange = strangeness(common, quiet);
  const windows: { offset: number; score: number; known: number }[] = [];
  for (let offset = 0; offset < positionsMax; offset++) {
    if (common[offset]! < 0) continue;
    let [score, known] = [0, 0];
    for (let at = offset; at < Math.min(positionsMax, offset + bytesMax); at++) {
      if (common[at]! < 0) continue;
      known += 1;
      score += strange[at]!;
    }
    if (known >= commonBytesMin) windows.push({ offset, score, known });
  }
  return windows
    .sort((a, b) => b.score - a.score || b.known - a.known || a.offset - b.offset)
    .slice(0, offersMax)
    .map(({ offset }) => payloadAt(common, offset));
}

/** The byte that nearly all have at each position, -1 where there is none. */
function commonBytes(attack: readonly Seen[]): Int16Array {
  const weights = new Float64Array(positionsMax * 256);
  let total = 0;
  for (const one of attack) {
    total += one.excess;
    const start = payloadStart(one);
    if (start === null) continue;
    const { data } = one.packet;
    const end = Math.min(data.length - start, positionsMax);
    for (let at = 0; at < end; at++) weights[at * 256 + data[start + at]!]! += one.excess;
  }
  const common = new Int16Array(positionsMax).fill(-1);
  for (let at = 0; at < positionsMax; at++)
    for (let byte = 0; byte < 256; byte++)
      if (weights[at * 256 + byte]! >= commonShareMin * total && total > 0) common[at] = byte;
  return common;
}

/** Share of the quiet packets that have another byte at each position. */
function strangeness(common: Int16Array, quiet: readonly Seen[]): Float64Array {
  const others = new Float64Array(positionsMax);
  for (const one of quiet) {
    const start = payloadStart(one);
    for (let at = 0; at < positionsMax; at++)
      if (start === null || one.packet.data[start + at] !== common[at]) others[at]! += 1;
  }
  return others.map((count) => (quiet.length === 0 ? 1 : count / quiet.length));
}

function payloadAt(common: Int16Array, offset: number): Payload {
  let length = Math.min(bytesMax, positionsMax - offset);
  while (common[offset + length - 1]! < 0) length--;
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  let [bytes, mask] = ['', ''];
  for (let at = offset; at < offset + length; at++) {
    const byte = common[at]!;
    bytes += hex(Math.max(0, byte));
    mask += byte < 0 ? '00' : 'ff';
  }
  return { offset, bytes, ...(mask.includes('0') ? { mask } : {}) };
}
