/** Floods whose parameters the caller chooses: for tests, the self-test and the demo. */
import { buildDnsResponse, buildTcp, buildUdp, tcpFlag } from '../../packet/index.ts';
import { clientAddress, endsOf, spoofedAddress } from '../addresses.ts';
import type { Ends } from '../addresses.ts';
import type { SeededRandom } from '../random.ts';
import type { TrafficSource } from '../source.ts';
import { steady } from './traffic.ts';
import type { StreamTiming } from './traffic.ts';

export interface AttackTiming extends StreamTiming {
  readonly random: SeededRandom;
}

function flood(timing: AttackTiming, build: (ends: Ends) => Uint8Array): TrafficSource {
  const ends = endsOf(timing.target);
  return steady(timing, () => ({ bytes: build(ends) }));
}

export interface SynFloodOptions extends AttackTiming {
  readonly port: number;
  /** TCP options that each request carries. @default none */
  readonly options?: Uint8Array;
}

/** Requests for connections from spoofed sources. */
export function synFlood(options: SynFloodOptions): TrafficSource {
  const { random, port } = options;
  return flood(options, ({ isIpv4, destination }) =>
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
  return flood(options, ({ isIpv4, destination }) =>
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
  return flood(options, ({ isIpv4, destination }) =>
    buildUdp({
      source: spoofedAddress(random, isIpv4),
      destination,
      sourcePort: random.integer(1024, 65535),
      destinationPort: port ?? random.integer(1, 65535),
      payload: new Uint8Array(random.integer(payloadBytes.from, payloadBytes.to)),
    }),
  );
}
