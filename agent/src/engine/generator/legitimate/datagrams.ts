import { buildDnsResponse, buildIcmp, buildUdp } from '../../packet/index.ts';
import { clientAddress, endsOf } from '../addresses.ts';
import type { Ends } from '../addresses.ts';
import type { SeededRandom } from '../random.ts';
import { Schedule, arrivals } from '../source.ts';
import type { Rate, TrafficSource } from '../source.ts';

interface DatagramOptions {
  readonly target: string;
  readonly random: SeededRandom;
  readonly packetsPerSecond: Rate;
}

/** A source whose packets know nothing of each other. */
function independent(
  { target, random, packetsPerSecond }: DatagramOptions,
  build: (ends: Ends) => Uint8Array,
): TrafficSource {
  const schedule = new Schedule(target, 'legitimate');
  const ends = endsOf(target);
  return {
    packets(fromNs, toNs) {
      for (const atNs of arrivals(random, packetsPerSecond, fromNs, toNs)) schedule.add(atNs, build(ends));
      return schedule.take(toNs);
    },
  };
}

/** Players of a game: each sends short datagrams of varying length to one port from a port of its own. */
export function gamePlayers(
  options: DatagramOptions & { readonly players: number; readonly port?: number },
): TrafficSource {
  const { random, players, port = 27015 } = options;
  return independent(options, ({ isIpv4, destination }) => {
    const player = random.integer(1, players);
    return buildUdp({
      source: clientAddress(isIpv4, player),
      destination,
      sourcePort: 27005 + (player % 20_000),
      destinationPort: port,
      payload: new Uint8Array(random.integer(24, 90) + Math.floor(random.exponential(18))),
    });
  });
}

/** Answers of a few resolvers to what the host asked. */
export function dnsAnswers(options: DatagramOptions): TrafficSource {
  const { random } = options;
  return independent(options, ({ isIpv4, destination }) =>
    buildUdp({
      source: clientAddress(isIpv4, random.integer(1, 3)),
      destination,
      sourcePort: 53,
      destinationPort: random.integer(32768, 60999),
      payload: buildDnsResponse({
        id: random.integer(0, 0xffff),
        name: 'cdn.example.net',
        lengthBytes: random.integer(60, 400),
      }),
    }),
  );
}

/** Monitoring, and people who ping. */
export function pings(options: DatagramOptions): TrafficSource {
  const { random } = options;
  return independent(options, ({ isIpv4, destination }) =>
    buildIcmp({
      source: clientAddress(isIpv4, random.integer(1, 200)),
      destination,
      type: isIpv4 ? 8 : 128,
      body: new Uint8Array(60),
    }),
  );
}

/** A large download over QUIC (RFC 9000): full datagrams in a few flows from one server. */
export function quicDownload(options: DatagramOptions & { readonly flows?: number }): TrafficSource {
  const { random, flows = 2 } = options;
  return independent(options, ({ isIpv4, destination }) =>
    buildUdp({
      source: clientAddress(isIpv4, 7),
      destination,
      sourcePort: 443,
      destinationPort: 51000 + random.integer(1, flows),
      payload: new Uint8Array(random.chance(0.9) ? 1252 : random.integer(60, 1200)),
    }),
  );
}

/** Every kind of UDP at once, as it reaches the outer address of a large NAT: all ports, all lengths, many senders. */
export function mixedUdp(options: DatagramOptions): TrafficSource {
  const { random } = options;
  return independent(options, ({ isIpv4, destination }) =>
    buildUdp({
      source: clientAddress(isIpv4, random.integer(1, 20_000)),
      destination,
      sourcePort: random.pick([443, 3478, 51820, random.integer(1024, 65535), random.integer(1024, 65535)]),
      destinationPort: random.integer(1024, 65535),
      payload: new Uint8Array(random.chance(0.4) ? random.integer(1100, 1400) : random.integer(20, 1000)),
    }),
  );
}
