/** Windows and pictures for tests of the detector: rates now and in quiet times, and packets of both. */
import { addressBytes } from '@tidegate/schemas';
import { buildTcp, buildUdp, parsePacket, tcpFlag } from '../../packet/index.ts';
import { counter, counterNames } from '../../types.ts';
import type { CounterName, HostReading, Sample, TargetWindow } from '../../types.ts';
import { Picture } from '../picture.ts';

export type Rates = Partial<Record<CounterName, number>>;

export interface Scene {
  /** Counts a second. */
  readonly now: Rates;
  /** Counts of the last whole second. @default like now */
  readonly lastSecond?: Rates;
  /** Left out where nothing is known of quiet times. */
  readonly quiet?: Rates;
  readonly packets?: readonly Uint8Array[];
  readonly quietPackets?: readonly Uint8Array[];
  readonly host?: HostReading;
  readonly linkBitsPerSecond?: number;
}

const target = '203.0.113.10';

const row = (rates: Rates, seconds: number): Float64Array => {
  const counts = new Float64Array(counterNames.length);
  for (const [name, rate] of Object.entries(rates)) counts[counter[name as CounterName]] = rate * seconds;
  return counts;
};

/** Spread over the 100 ms that end at a time, standing for so many packets together. */
const samplesOf = (packets: readonly Uint8Array[] = [], atMs = 0, packetsPerSecond = 80): Sample[] =>
  packets.map((data, index) => ({
    ...{ target, atNs: (atMs - 100 + (100 * index) / packets.length) * 1e6, data },
    rate: Math.max(1, (packetsPerSecond * 0.1) / packets.length),
    length: parsePacket(data)?.length ?? data.length,
  }));

/** A window of 100 ms, of an address whose last second was like it. */
export function windowOf(scene: Omit<Scene, 'linkBitsPerSecond'>, atMs = 2000): TargetWindow {
  const { now, lastSecond = now, quiet, packets, quietPackets, host } = scene;
  const second = { scaleMs: 1000 as const, intervalMs: 1000, counts: row(lastSecond, 1) };
  return {
    ...{ target, atNs: atMs * 1e6, intervalMs: 100, counts: row(now, 0.1) },
    packetsPerSecond: now.packets ?? 0,
    bitsPerSecond: (now.bytes ?? 0) * 8,
    quietPacketsPerSecond: quiet?.packets ?? null,
    recentSamples: samplesOf(packets, atMs, now.packets),
    quietSamples: samplesOf(quietPackets, 0),
    history: {
      ...{ second: Math.floor(atMs / 1000), scales: [second], host: host ?? null },
      quietPerSecond: quiet === undefined ? null : row(quiet, 1),
    },
  };
}

export function pictureOf({ linkBitsPerSecond, ...scene }: Scene): Picture {
  const window = windowOf(scene);
  return new Picture({
    ...{ window, usualOf: () => null, usualRates: window.history?.quietPerSecond ?? null, sinceNs: 0 },
    linkBitsPerSecond: linkBitsPerSecond ?? null,
  });
}

/** Quiet traffic of a web server that is seen in both directions. */
export const web: Rates = {
  ...{ packets: 1000, bytes: 80_000, tcpPackets: 980, tcpSyn: 60, tcpAck: 860, tcpFin: 60 },
  ...{ udpPackets: 10, icmpPackets: 10, udpAmplifierPackets: 5, udpDnsPackets: 5, udpDnsBytes: 1000 },
  ...{ outPackets: 1500, outTcpSynAck: 60, sourcesSampled: 1000, sourcesNew: 20 },
};

/** Quiet traffic and so much more. */
export function plus(more: Rates, times = 1, base: Rates = web): Rates {
  const sum: Rates = { ...base };
  for (const [name, rate] of Object.entries(more))
    sum[name as CounterName] = (sum[name as CounterName] ?? 0) + rate * times;
  return sum;
}

const ends = (source: string) => ({ source: addressBytes(source), destination: addressBytes(target) });

export interface Sent {
  readonly source?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly payloadBytes?: number;
}

/** The client with a number: some thousand addresses in four networks. */
export const clientOf = (number: number): string =>
  `198.${48 + (number % 4)}.${(number * 7) % 256}.${1 + ((number * 13) % 250)}`;

export const udp = ({
  source = clientOf(1),
  sourcePort = 40_000,
  destinationPort = 443,
  payloadBytes = 100,
}: Sent) => buildUdp({ ...ends(source), sourcePort, destinationPort, payload: new Uint8Array(payloadBytes) });

export const tcp = ({
  source = clientOf(1),
  sourcePort = 40_000,
  destinationPort = 443,
  payloadBytes = 0,
}: Sent) =>
  buildTcp({
    ...ends(source),
    ...{
      sourcePort,
      destinationPort,
      flags: tcpFlag.ack,
      sequence: 1,
      payload: new Uint8Array(payloadBytes),
    },
  });

/** So many packets, each by its number. */
export const many = (count: number, packet: (number: number) => Uint8Array): Uint8Array[] =>
  Array.from({ length: count }, (_, number) => packet(number));

/** What browsers send: acknowledgements and requests of many lengths, from clients that come again. */
export const browsing = (count = 120): Uint8Array[] =>
  many(count, (number) =>
    tcp({
      source: clientOf(number % 40),
      sourcePort: 32_768 + ((number * 977) % 28_000),
      payloadBytes: number % 3 === 0 ? (number * 53) % 900 : 0,
    }),
  );
