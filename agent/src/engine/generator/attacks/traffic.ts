/** An attack as a stream of packets: steady from its start to its end, as attack tools send. */
import { formatAddress } from '@tidegate/schemas';
import { destinationBytes, parsePacket } from '../../packet/index.ts';
import type { GeneratedPacket, TrafficSource } from '../source.ts';
import type { AttackShape } from './attack.ts';

export interface StreamTiming {
  readonly target: string;
  readonly packetsPerSecond: number;
  /** From when, ns. */
  readonly startNs: number;
  /** Until when, ns. */
  readonly endNs: number;
}

/** One packet after the other, all gaps alike. Asked for one stretch of time after the other. */
export function steady(
  { target, packetsPerSecond, startNs, endNs }: StreamTiming,
  next: () => Pick<GeneratedPacket, 'bytes'> & Partial<GeneratedPacket>,
): TrafficSource {
  const gapNs = 1e9 / packetsPerSecond;
  return {
    packets(fromNs, toNs) {
      const packets: GeneratedPacket[] = [];
      const last = Math.min(toNs, endNs);
      let number = Math.max(0, Math.ceil((fromNs - startNs) / gapNs));
      for (; startNs + number * gapNs < last; number++) {
        const atNs = Math.floor(startNs + number * gapNs);
        packets.push({ target, atNs, label: 'attack', ...next() });
      }
      return packets;
    },
  };
}

/** A shape as traffic. Fragments of one datagram follow each other; pauses of a pulsing attack are silent. */
export function attackTraffic(shape: AttackShape, timing: StreamTiming): TrafficSource {
  const waiting: Uint8Array[] = [];
  let vector = shape.family;
  const next = (): Pick<GeneratedPacket, 'bytes'> & Partial<GeneratedPacket> => {
    if (waiting.length === 0) {
      waiting.push(...shape.packets());
      vector = shape.vector?.() ?? shape.family;
    }
    const bytes = waiting.shift() ?? new Uint8Array(0);
    return shape.isPrefixWide === true
      ? { bytes, vector, target: destinationText(bytes) }
      : { bytes, vector };
  };
  const stream = steady(timing, next);
  return shape.pulses === undefined ? stream : pulsing(stream, shape.pulses, timing.startNs);
}

function pulsing(
  stream: TrafficSource,
  { onMs, offMs }: NonNullable<AttackShape['pulses']>,
  startNs: number,
): TrafficSource {
  const periodNs = (onMs + offMs) * 1e6;
  return {
    packets: (fromNs, toNs) =>
      stream.packets(fromNs, toNs).filter(({ atNs }) => (atNs - startNs) % periodNs < onMs * 1e6),
  };
}

function destinationText(bytes: Uint8Array): string {
  const packet = parsePacket(bytes);
  return packet === null ? '' : formatAddress(destinationBytes(packet));
}
