/** Traffic whose packets know nothing of each other, and the plain kinds of it. */
import { buildDnsResponse, buildIcmp, buildUdp } from '../../packet/index.ts';
import { endsOf } from '../addresses.ts';
import type { Ends } from '../addresses.ts';
import { Noise } from '../noise.ts';
import type { SeededRandom } from '../random.ts';
import { Schedule, arrivals } from '../source.ts';
import type { Rate, TrafficSource } from '../source.ts';
import { Crowd } from './clients.ts';

export interface DatagramOptions {
  readonly target: string;
  readonly random: SeededRandom;
  readonly packetsPerSecond: Rate;
  /** Another crowd than that of the same kind elsewhere: where its clients are counted from. @default 0 */
  readonly clientsFrom?: number;
  /** How many times as many clients as is usual for the kind. @default 1 */
  readonly crowdFactor?: number;
}

/** The clients of a source: `size` of them, unless the options ask for more. */
export function crowdOf(
  { target, clientsFrom = 0, crowdFactor = 1 }: Omit<DatagramOptions, 'random' | 'packetsPerSecond'>,
  first: number,
  size: number,
  skew = 1,
): Crowd {
  return new Crowd(!target.includes(':'), clientsFrom + first, Math.round(size * crowdFactor), skew);
}

/** What the target sends because of each packet it gets. */
export interface Reply {
  /** How many packets, on average. */
  readonly ratio: number;
  /** Length of their payload, bytes. */
  readonly payloadBytes: number;
  /** @default one that nobody looks at */
  readonly bytes?: Uint8Array;
}

/**
 * A source whose packets know nothing of each other.
 *
 * @param build One packet, or several in order, such as the fragments of a datagram.
 * @param reply What comes back; only its size and kind are looked at, so that one packet stands for all.
 */
export function independent(
  { target, random, packetsPerSecond }: DatagramOptions,
  build: (ends: Ends) => Uint8Array | Uint8Array[],
  reply: Reply = { ratio: 0, payloadBytes: 0 },
): TrafficSource {
  const schedule = new Schedule(target, 'legitimate');
  const ends = endsOf(target);
  const answer = reply.bytes ?? someAnswer(ends, reply.payloadBytes);
  return {
    packets(fromNs, toNs) {
      for (const atNs of arrivals(random, packetsPerSecond, fromNs, toNs)) {
        const built = build(ends);
        if (Array.isArray(built)) for (const bytes of built) schedule.add(atNs, bytes);
        else schedule.add(atNs, built);
        let left = reply.ratio;
        for (; left >= 1; left--) schedule.addOutgoing(atNs + 1e5, answer);
        if (left > 0 && random.chance(left)) schedule.addOutgoing(atNs + 1e5, answer);
      }
      return schedule.take(toNs);
    },
  };
}

const someAnswer = ({ isIpv4, destination }: Ends, payloadBytes: number): Uint8Array =>
  buildUdp({
    source: destination,
    destination: new Crowd(isIpv4, 0, 1).client(0).address,
    sourcePort: 40_000,
    destinationPort: 40_000,
    payload: new Uint8Array(payloadBytes),
  });

/** Players of a game: each sends short datagrams of varying length to one port from a port of its own. */
export function gamePlayers(
  options: DatagramOptions & { readonly players: number; readonly port?: number },
): TrafficSource {
  const { random, players, port = 27015 } = options;
  const noise = new Noise(random);
  const crowd = crowdOf(options, 0, players);
  const build = ({ destination }: Ends): Uint8Array => {
    const player = crowd.pick(random);
    const { address, ttl } = crowd.client(player);
    return buildUdp({
      source: address,
      ttl,
      destination,
      // The game's own port, unless a NAT chose another.
      sourcePort: player % 3 === 0 ? 27005 : 1024 + ((player * 7919) % 64_000),
      destinationPort: port,
      payload: noise.take(random.integer(24, 90) + Math.min(1200, Math.floor(random.exponential(18)))),
    });
  };
  return independent(options, build, { ratio: 1.1, payloadBytes: 180 });
}

/** Answers of a few resolvers to what the host asked. */
export function dnsAnswers(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const resolvers = crowdOf(options, 900_000, 3);
  const build = ({ destination }: Ends): Uint8Array => {
    const { address, ttl } = resolvers.client(resolvers.pick(random));
    return buildUdp({
      source: address,
      ttl,
      destination,
      sourcePort: 53,
      destinationPort: random.integer(32768, 60999),
      payload: buildDnsResponse({
        id: random.integer(0, 0xffff),
        name: 'cdn.example.net',
        lengthBytes: random.integer(60, 400),
      }),
    });
  };
  return independent(options, build, { ratio: 1, payloadBytes: 40 });
}

/** Monitoring, and people who ping. */
export function pings(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const noise = new Noise(random);
  const crowd = crowdOf(options, 0, 200, 2);
  const build = ({ isIpv4, destination }: Ends): Uint8Array => {
    const { address, ttl } = crowd.client(crowd.pick(random));
    return buildIcmp({
      source: address,
      ttl,
      destination,
      type: isIpv4 ? 8 : 128,
      body: noise.take(random.pick([60, 60, 60, 36])),
    });
  };
  return independent(options, build, { ratio: 1, payloadBytes: 56 });
}

/** A large download over QUIC (RFC 9000): full datagrams in a few flows from one server. */
export function quicDownload(options: DatagramOptions & { readonly flows?: number }): TrafficSource {
  const { random, flows = 2 } = options;
  const noise = new Noise(random);
  const server = crowdOf(options, 7, 1).client(0);
  const build = ({ destination }: Ends): Uint8Array =>
    buildUdp({
      source: server.address,
      ttl: server.ttl,
      destination,
      sourcePort: 443,
      destinationPort: 51000 + random.integer(1, flows),
      payload: shortHeader(random, noise.take(random.chance(0.9) ? 1252 : random.integer(60, 1200))),
    });
  return independent(options, build, { ratio: 0.4, payloadBytes: 40 });
}

/** First byte of a QUIC packet within a connection: fixed bit, no long header (RFC 9000, section 17.3). */
function shortHeader(random: SeededRandom, noise: Uint8Array): Uint8Array {
  const payload = noise.slice();
  payload[0] = 0x40 | random.integer(0, 0x3f);
  return payload;
}

/** Every kind of UDP at once, as it reaches the outer address of a large NAT: all ports, all lengths, many senders. */
export function mixedUdp(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const noise = new Noise(random);
  const crowd = crowdOf(options, 0, 20_000);
  const build = ({ destination }: Ends): Uint8Array => {
    const { address, ttl } = crowd.client(crowd.pick(random));
    return buildUdp({
      source: address,
      ttl,
      destination,
      sourcePort: random.pick([443, 3478, 51820, random.integer(1024, 65535), random.integer(1024, 65535)]),
      destinationPort: random.integer(1024, 65535),
      payload: noise.take(random.chance(0.4) ? random.integer(1100, 1400) : random.integer(20, 1000)),
    });
  };
  return independent(options, build, { ratio: 0.7, payloadBytes: 200 });
}
