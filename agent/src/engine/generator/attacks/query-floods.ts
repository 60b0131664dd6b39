/**
 * Questions that cost the server more than the one who asks: names that do not exist (water torture), and what game
 * servers tell everybody who asks.
 */
import { utf8 } from '@tidegate/schemas';
import { buildDnsQuery, buildUdp } from '../../packet/index.ts';
import type { SeededRandom } from '../random.ts';
import type { AttackFamily, AttackScene, AttackShape, ParameterMap } from './attack.ts';
import { fixed, within } from './draws.ts';
import type { Chosen } from './draws.ts';
import { drawSenders, machines, rawSenders } from './senders.ts';
import type { Senders } from './senders.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** OPT record with a buffer of 4096 bytes (RFC 6891). */
const edns = Uint8Array.of(0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0);

export const dnsQueryFloods: AttackFamily = {
  name: 'dns_query_flood',
  aimedAt: ['questions for names'],
  draw(random, scene): AttackShape {
    // Bots ask resolvers, which ask the target; or they ask it themselves, with made-up sources.
    const viaResolvers = random.chance(0.4);
    const senders = viaResolvers
      ? machines(random, scene.isIpv4, 'resolvers', random.integer(100, 3000))
      : drawSenders(random, scene, rawSenders);
    const zone = random.pick(['example.com', 'shop.example.net', 'example.org']);
    const label = random.chance(0.75) ? randomLabel(random) : fixed('www');
    const type = random.pick([fixed(1), fixed(1), fixed(28), fixed(255), within(random, 1, 60)]);
    const hasEdns = viaResolvers || random.chance(0.3);
    const payload = (): Uint8Array => {
      const query = buildDnsQuery({
        id: random.integer(0, 0xffff),
        name: `${label.next()}.${zone}`,
        type: type.next(),
      });
      if (!hasEdns) return query;
      const whole = new Uint8Array(query.length + edns.length);
      whole.set(query);
      whole.set(edns, query.length);
      whole[11] = 1;
      return whole;
    };
    const parameters = { zone, label: label.parameter, type: type.parameter, edns: hasEdns };
    return queries('dns_query_flood', { random, scene, senders, port: 53, payload, parameters });
  },
};

function randomLabel(random: SeededRandom): Chosen<string> {
  const from = random.integer(4, 12);
  const to = from + random.integer(0, 8);
  return {
    parameter: `${from} to ${to} random characters`,
    next: () => {
      let label = '';
      for (let left = random.integer(from, to); left > 0; left--) label += letters[random.integer(0, 35)]!;
      return label;
    },
  };
}

interface GameQuery {
  readonly name: string;
  readonly ports: readonly [number, ...number[]];
  payload(random: SeededRandom): Uint8Array;
}

const connectionless = [0xff, 0xff, 0xff, 0xff] as const;
const magic = [0, 255, 255, 0, 254, 254, 254, 254, 253, 253, 253, 253, 18, 52, 86, 120] as const;
const bytesOf = (random: SeededRandom, count: number): number[] =>
  Array.from({ length: count }, () => random.integer(0, 255));

const gameQueries: readonly [GameQuery, ...GameQuery[]] = [
  {
    // What Mirai's attack_udp_vse sends, too.
    name: 'A2S_INFO',
    ports: [27015, 27016, 27005, 28015],
    payload: () => Uint8Array.of(...connectionless, 0x54, ...utf8('Source Engine Query'), 0),
  },
  {
    name: 'A2S_INFO with challenge',
    ports: [27015, 2303],
    payload: (random) =>
      Uint8Array.of(...connectionless, 0x54, ...utf8('Source Engine Query'), 0, ...bytesOf(random, 4)),
  },
  {
    name: 'A2S_PLAYER or A2S_RULES',
    ports: [27015, 27016],
    payload: (random) =>
      Uint8Array.of(
        ...connectionless,
        random.pick([0x55, 0x56]),
        ...(random.chance(0.5) ? connectionless : bytesOf(random, 4)),
      ),
  },
  {
    name: 'RakNet unconnected ping',
    ports: [19132, 19133],
    payload: (random) => Uint8Array.of(1, 0, 0, 0, 0, ...bytesOf(random, 4), ...magic, ...bytesOf(random, 8)),
  },
  {
    name: 'getinfo or getstatus',
    ports: [30120, 27960, 28960],
    payload: (random) =>
      Uint8Array.of(
        ...connectionless,
        ...utf8(random.pick(['getinfo xxx', 'getstatus'])),
        ...(random.chance(0.5) ? [10] : []),
      ),
  },
];

export const gameQueryFloods: AttackFamily = {
  name: 'game_query_flood',
  aimedAt: ['players of a Source game', 'players over RakNet'],
  draw(random, scene): AttackShape {
    const query = random.pick(gameQueries);
    return queries('game_query_flood', {
      random,
      scene,
      senders: drawSenders(random, scene, rawSenders),
      port: random.pick(query.ports),
      payload: () => query.payload(random),
      parameters: { query: query.name },
    });
  },
};

interface Queries {
  readonly random: SeededRandom;
  readonly scene: AttackScene;
  readonly senders: Senders;
  readonly port: number;
  readonly parameters: ParameterMap;
  readonly payload: () => Uint8Array;
}

function queries(
  family: string,
  { random, scene, senders, port, payload, parameters }: Queries,
): AttackShape {
  return {
    family,
    packetsPerSecond: { from: 20_000, to: 500_000 },
    spoofed: senders.isSpoofed,
    parameters: { ...parameters, port, ...senders.parameters },
    packets() {
      const { source, ttl } = senders.next();
      return [
        buildUdp({
          source,
          ttl,
          destination: scene.destination,
          sourcePort: random.integer(1024, 65535),
          destinationPort: port,
          identification: random.integer(0, 0xffff),
          payload: payload(),
        }),
      ];
    },
  };
}
