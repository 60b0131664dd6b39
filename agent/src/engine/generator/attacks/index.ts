/** The attacks that the generator knows. Nothing in here may be known to the classifier. */
import { buildDnsResponse, buildTcp, buildUdp, tcpFlag } from '../../packet/index.ts';
import { clientAddress, endsOf, spoofedAddress } from '../addresses.ts';
import type { Ends } from '../addresses.ts';
import type { SeededRandom } from '../random.ts';
import type { GeneratedPacket, TrafficSource } from '../source.ts';

export interface AttackTiming {
  readonly target: string;
  readonly random: SeededRandom;
  readonly packetsPerSecond: number;
  /** From when, ns. */
  readonly startNs: number;
  /** Until when, ns. */
  readonly endNs: number;
}

/** A steady stream, as attack tools send it. */
function steady(timing: AttackTiming, build: (ends: Ends) => Uint8Array): TrafficSource {
  const { target, packetsPerSecond, startNs, endNs } = timing;
  const ends = endsOf(target);
  const gapNs = 1e9 / packetsPerSecond;
  return {
    packets(fromNs, toNs) {
      const packets: GeneratedPacket[] = [];
      const last = Math.min(toNs, endNs);
      let number = Math.max(0, Math.ceil((fromNs - startNs) / gapNs));
      for (; startNs + number * gapNs < last; number++) {
        packets.push({
          target,
          atNs: Math.floor(startNs + number * gapNs),
          bytes: build(ends),
          label: 'attack',
        });
      }
      return packets;
    },
  };
}

export interface SynFloodOptions extends AttackTiming {
  readonly port: number;
  /** TCP options that each request carries. @default none */
  readonly options?: Uint8Array;
}

/** Requests for connections from spoofed sources. */
export function synFlood(options: SynFloodOptions): TrafficSource {
  const { random, port } = options;
  return steady(options, ({ isIpv4, destination }) =>
    buildTcp({
      source: spoofedAddress(random, isIpv4),
      destination,
      sourcePort: random.integer(1024, 65535),
      destinationPort: port,
      sequence: random.uint32(),
      window: random.integer(1, 65535),
      flags: tcpFlag.syn,
      ...(options.options && { options: options.options }),
    }),
  );
}

export interface DnsAmplificationOptions extends AttackTiming {
  readonly reflectors: number;
  /** Length of the DNS messages, bytes. */
  readonly messageBytes: { readonly from: number; readonly to: number };
  /** The port that the spoofed questions came from; null for any. */
  readonly port: number | null;
}

/** Long answers from open resolvers that were asked in the target's name. */
export function dnsAmplification(options: DnsAmplificationOptions): TrafficSource {
  const { random, reflectors, messageBytes, port } = options;
  return steady(options, ({ isIpv4, destination }) =>
    buildUdp({
      source: clientAddress(isIpv4, 1_000_000 + random.integer(1, reflectors)),
      destination,
      sourcePort: 53,
      destinationPort: port ?? random.integer(1024, 65535),
      payload: buildDnsResponse({
        id: random.integer(0, 0xffff),
        name: 'example.com',
        type: 255,
        lengthBytes: random.integer(messageBytes.from, messageBytes.to),
      }),
    }),
  );
}

export interface UdpFloodOptions extends AttackTiming {
  readonly payloadBytes: { readonly from: number; readonly to: number };
  /** Null for any. */
  readonly port: number | null;
}

/** Datagrams from spoofed sources. */
export function udpFlood(options: UdpFloodOptions): TrafficSource {
  const { random, payloadBytes, port } = options;
  return steady(options, ({ isIpv4, destination }) =>
    buildUdp({
      source: spoofedAddress(random, isIpv4),
      destination,
      sourcePort: random.integer(1024, 65535),
      destinationPort: port ?? random.integer(1, 65535),
      payload: new Uint8Array(random.integer(payloadBytes.from, payloadBytes.to)),
    }),
  );
}
