/** What a host asks of others and others ask of it: names, times, answers in fragments, connections of its own. */
import { buildDnsQuery, buildDnsResponse, buildTcp, buildUdp, tcpFlag } from '../../packet/index.ts';
import type { Ends } from '../addresses.ts';
import { bytes, chance } from '../bytes.ts';
import { fragmented } from '../fragments.ts';
import { Noise } from '../noise.ts';
import type { TrafficSource } from '../source.ts';
import { crowdOf, independent } from './datagrams.ts';
import type { DatagramOptions } from './datagrams.ts';

const zones = ['example.com', 'example.net', 'example.org'] as const;
const hosts = ['www', 'mail', 'api', 'cdn', 'static', 'img', 'ns1', 'shop', 'blog', '_dmarc'] as const;

/** Resolvers ask an authoritative server: names that exist, mostly; EDNS (RFC 6891) with most of them. */
export function dnsQueries(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const crowd = crowdOf(options, 80_000, 3000, 2.5);
  const opt = [0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0] as const;
  const build = ({ destination }: Ends): Uint8Array => {
    const { address, ttl } = crowd.client(crowd.pick(random));
    const host = random.chance(0.95) ? random.pick(hosts) : `h${random.integer(1, 9999)}`;
    const name = `${host}.${random.pick(zones)}`;
    const query = buildDnsQuery({
      id: random.integer(0, 0xffff),
      name,
      type: random.pick([1, 1, 1, 28, 28, 15, 16, 65]),
    });
    const whole = random.chance(0.9) ? bytes(query, opt) : query;
    if (whole.length > query.length) whole[11] = 1;
    const sourcePort = random.integer(1024, 65535);
    return buildUdp({ source: address, ttl, destination, sourcePort, destinationPort: 53, payload: whole });
  };
  return independent(options, build, { ratio: 1, payloadBytes: 120 });
}

/** Long answers that resolvers of the host get from signed zones: 1,300 to 4,000 bytes, in fragments where they must. */
export function longDnsAnswers(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const servers = crowdOf(options, 83_000, 2000, 1.5);
  const build = ({ destination }: Ends): Uint8Array[] => {
    const { address, ttl } = servers.client(servers.pick(random));
    const isLong = random.chance(0.15);
    const answer = buildDnsResponse({
      id: random.integer(0, 0xffff),
      name: `${random.pick(hosts)}.${random.pick(zones)}`,
      type: random.pick([1, 28, 48, 16]),
      lengthBytes: isLong ? random.integer(1300, 4000) : random.integer(60, 600),
    });
    const identification = random.integer(0, 0xffff);
    const destinationPort = random.integer(1024, 65535);
    const ends = { source: address, ttl, destination, sourcePort: 53, destinationPort, identification };
    return fragmented(buildUdp({ ...ends, payload: answer }), 1500, identification);
  };
  return independent(options, build, { ratio: 1, payloadBytes: 50 });
}

/** Time: answers of the host's own servers (mode 4, RFC 5905), or questions to it where it is one (mode 3). */
export function ntpTraffic(options: DatagramOptions & { readonly isServer?: boolean }): TrafficSource {
  const { random, isServer = false } = options;
  const crowd = crowdOf(options, 86_000, isServer ? 20_000 : 4);
  const build = ({ destination }: Ends): Uint8Array => {
    const { address, ttl } = crowd.client(crowd.pick(random));
    const first = isServer ? [0x23, 0, 6, 0xec] : [0x24, 2, 6, 0xe9];
    return buildUdp({
      source: address,
      ttl,
      destination,
      sourcePort: isServer ? random.pick([123, random.integer(1024, 65535)]) : 123,
      destinationPort: isServer ? 123 : random.pick([123, random.integer(32768, 60999)]),
      payload: bytes(first, chance(random, 44)),
    });
  };
  return independent(options, build, { ratio: 1, payloadBytes: 48 });
}

/** A proxy or crawler's own connections: SYN-ACKs and data from many servers, and RSTs of those who do not want it. */
export function ownConnections(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const noise = new Noise(random);
  const servers = crowdOf(options, 110_000, 4000, 2);
  const { ack, syn, rst, fin, psh } = tcpFlag;
  const build = ({ destination }: Ends): Uint8Array => {
    const {
      address,
      ttl,
      options: stamps,
      synOptions,
      window,
      segmentBytes,
    } = servers.client(servers.pick(random));
    const kind = random.float();
    const ends = {
      source: address,
      ttl,
      destination,
      sourcePort: random.pick([443, 443, 443, 80]),
      destinationPort: random.integer(32768, 60999),
      sequence: random.uint32(),
      acknowledgment: random.uint32(),
      window,
    };
    if (kind < 0.1) return buildTcp({ ...ends, flags: syn | ack, options: synOptions });
    if (kind < 0.12) return buildTcp({ ...ends, flags: rst | ack, window: 0 });
    if (kind < 0.2) return buildTcp({ ...ends, flags: fin | ack, options: stamps });
    if (kind < 0.4) return buildTcp({ ...ends, flags: ack, options: stamps });
    const payload = noise.take(random.chance(0.7) ? segmentBytes : random.integer(50, 1400));
    return buildTcp({ ...ends, flags: random.chance(0.3) ? ack | psh : ack, options: stamps, payload });
  };
  return independent(options, build, { ratio: 0.6, payloadBytes: 100 });
}

/** QUIC clients of the target's own web server: mostly short acknowledgements, requests, and first packets of 1,200 bytes and more. */
export function quicClients(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const noise = new Noise(random);
  const crowd = crowdOf(options, 0, 5000);
  const build = ({ destination }: Ends): Uint8Array => {
    const number = crowd.pick(random);
    const { address, ttl } = crowd.client(number);
    const kind = random.float();
    const isFirst = kind < 0.05;
    const payload = noise
      .take(
        isFirst
          ? random.pick([1200, 1250, 1350])
          : kind < 0.8
            ? random.integer(28, 60)
            : random.integer(60, 1200),
      )
      .slice();
    if (isFirst) payload.set([0xc0 | random.integer(0, 15), 0, 0, 0, 1, 8]);
    else payload[0] = 0x40 | random.integer(0, 0x3f);
    const sourcePort = 1024 + ((number * 7919) % 64_000);
    return buildUdp({ source: address, ttl, destination, sourcePort, destinationPort: 443, payload });
  };
  return independent(options, build, { ratio: 2, payloadBytes: 1200 });
}
