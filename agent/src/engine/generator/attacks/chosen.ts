/** Floods whose parameters the caller chooses: for tests, the self-test and the demo. */
import { buildDnsResponse, buildTcp, buildUdp, tcpFlag } from '../../packet/index.ts';
import { endsOf, spoofedAddress } from '../addresses.ts';
import type { Ends } from '../addresses.ts';
import { clientOf } from '../legitimate/clients.ts';
import type { Client } from '../legitimate/clients.ts';
import type { SeededRandom } from '../random.ts';
import type { TrafficSource } from '../source.ts';
import { steady } from './traffic.ts';
import type { StreamTiming } from './traffic.ts';

export interface AttackTiming extends StreamTiming {
  readonly random: SeededRandom;
}

/** As packets of a botnet arrive whose machines begin with 64 and are up to 22 hops away. */
const someTtl = (random: SeededRandom): number => random.integer(42, 56);

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
      ttl: someTtl(random),
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
  const crowd = new Map<number, Client>();
  const reflector = (isIpv4: boolean): Client => {
    const number = random.integer(1, reflectors);
    const client = crowd.get(number) ?? clientOf(isIpv4, 1_000_000 + number);
    crowd.set(number, client);
    return client;
  };
  return flood(options, ({ isIpv4, destination }) => {
    const { address, ttl } = reflector(isIpv4);
    return buildUdp({
      source: address,
      ttl,
      destination,
      sourcePort: 53,
      destinationPort: port ?? random.integer(1024, 65535),
      payload: buildDnsResponse({
        id: random.integer(0, 0xffff),
        name: 'example.com',
        type: 255,
        lengthBytes: random.integer(messageBytes.from, messageBytes.to),
      }),
    });
  });
}

export interface UdpFloodOptions extends AttackTiming {
  readonly payloadBytes: { readonly from: number; readonly to: number };
  /** Null for any. */
  readonly port: number | null;
}

/** Datagrams from spoofed sources. */
export function udpFlood(options: UdpFloodOptions): TrafficSource {
  const { random, payloadBytes, port } = options;
  const zeros = new Uint8Array(payloadBytes.to);
  return flood(options, ({ isIpv4, destination }) =>
    buildUdp({
      source: spoofedAddress(random, isIpv4),
      ttl: someTtl(random),
      destination,
      sourcePort: random.integer(1024, 65535),
      destinationPort: port ?? random.integer(1, 65535),
      payload: zeros.subarray(0, random.integer(payloadBytes.from, payloadBytes.to)),
    }),
  );
}
