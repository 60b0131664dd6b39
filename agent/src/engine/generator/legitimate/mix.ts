/** Mixes of legitimate traffic, drawn by chance from everything that a server may get. */
import type { SeededRandom } from '../random.ts';
import { bursty } from '../rate.ts';
import { scaled } from '../source.ts';
import type { TrafficSource } from '../source.ts';
import { tcpDownload, tcpUpload, udpSpeedTest } from './bulk.ts';
import { dnsAnswers, gamePlayers, mixedUdp, pings, quicDownload } from './datagrams.ts';
import type { DatagramOptions } from './datagrams.ts';
import { bedrockPlayers, serverBrowsers } from './games.ts';
import { dnsQueries, longDnsAnswers, ntpTraffic, ownConnections, quicClients } from './infrastructure.ts';
import { greSites, ipsecSites, openVpnUsers, wireGuardUsers } from './tunnels.ts';
import { meetings, sipSignalling, voiceCalls } from './voice.ts';
import { packetsPerWebSession, webSessions } from './web.ts';
import { connections } from './connections.ts';

/** One kind of traffic at about a rate. */
export interface TrafficKind {
  readonly name: string;
  source(options: KindOptions): TrafficSource;
}

interface KindOptions extends DatagramOptions {
  /** As in `ConnectionsOptions`. */
  readonly areOpen?: boolean;
}

/** What makes up most of a server's traffic, each a whole role of a server. */
export const mainKinds: readonly [TrafficKind, ...TrafficKind[]] = [
  {
    name: 'browsers',
    source: (options) =>
      webSessions({
        ...options,
        sessionsPerSecond: scaled(options.packetsPerSecond, 1 / packetsPerWebSession),
      }),
  },
  {
    name: 'programs',
    source: (options) =>
      connections({
        ...options,
        ...{ port: 443, connections: 300, clients: 400, packetsPerConnection: 40 },
        ...{ dataShare: 0.4, dataBytes: { from: 80, to: 900 } },
      }),
  },
  { name: 'QUIC clients', source: quicClients },
  { name: 'players of a Source game', source: (options) => gamePlayers({ ...options, players: 60 }) },
  {
    name: 'players of another game',
    source: (options) => gamePlayers({ ...options, players: 900, port: 7777 }),
  },
  { name: 'players over RakNet', source: bedrockPlayers },
  {
    name: 'players over TCP',
    source: (options) =>
      connections({
        ...options,
        ...{ port: 25565, connections: 120, clients: 200, packetsPerConnection: 2000 },
        ...{ dataShare: 0.7, dataBytes: { from: 8, to: 120 } },
      }),
  },
  { name: 'voice calls', source: (options) => voiceCalls({ ...options, calls: 120 }) },
  { name: 'meetings', source: meetings },
  { name: 'questions for names', source: dnsQueries },
  { name: 'a resolver', source: longDnsAnswers },
  { name: 'questions for the time', source: (options) => ntpTraffic({ ...options, isServer: true }) },
  { name: 'connections of its own', source: ownConnections },
  { name: 'tunnels over IPsec', source: ipsecSites },
  { name: 'tunnels over GRE', source: greSites },
  { name: 'users over WireGuard', source: wireGuardUsers },
  { name: 'users over OpenVPN', source: openVpnUsers },
  { name: 'a NAT', source: mixedUdp },
];

/** What is there beside, at some percent of the packets. */
export const sideKinds: readonly [TrafficKind, ...TrafficKind[]] = [
  { name: 'pings', source: pings },
  { name: 'answers for names', source: dnsAnswers },
  { name: 'answers for the time', source: ntpTraffic },
  { name: 'signalling of calls', source: sipSignalling },
  { name: 'lists of game servers', source: serverBrowsers },
  {
    name: 'shells',
    source: (options) =>
      connections({
        ...options,
        ...{ port: 22, connections: 6, clients: 12, packetsPerConnection: 400 },
        ...{ dataShare: 0.5, dataBytes: { from: 36, to: 132 } },
      }),
  },
  {
    name: 'mail',
    source: (options) =>
      connections({
        ...options,
        ...{ port: 25, connections: 20, clients: 300, packetsPerConnection: 25 },
        ...{ dataShare: 0.5, dataBytes: { from: 20, to: 1400 } },
      }),
  },
];

/** What comes at times and in bulk: it may be most of the packets while it lasts. */
const suddenRoles = ['connections of its own', 'a resolver', 'tunnels over IPsec', 'tunnels over GRE'];

export const bulkKinds: readonly [TrafficKind, ...TrafficKind[]] = [
  {
    name: 'a backup over TCP',
    source: (options) => tcpUpload({ ...options, flows: options.random.integer(1, 4) }),
  },
  {
    name: 'a speed test over TCP',
    source: (options) => tcpUpload({ ...options, flows: options.random.integer(4, 16), port: 8080 }),
  },
  { name: 'a speed test over UDP', source: udpSpeedTest },
  { name: 'a download over TCP', source: tcpDownload },
  {
    name: 'a download over QUIC',
    source: (options) => quicDownload({ ...options, flows: options.random.integer(1, 4) }),
  },
];

export interface TrafficMix {
  /** The roles, whose crowds may grow. */
  readonly roles: readonly [TrafficKind, ...TrafficKind[]];
  /** Names of the kinds and their shares of the packets. */
  readonly parts: readonly { readonly name: string; readonly share: number }[];
  readonly sources: readonly TrafficSource[];
}

/**
 * What may be there from one moment to the next, on a server that had nothing like it: its own doing, or that of one
 * other site.
 */
export const suddenKinds: readonly [TrafficKind, ...TrafficKind[]] = [
  ...bulkKinds,
  ...mainKinds.filter(({ name }) => suddenRoles.includes(name)),
];

export interface MixOptions extends DatagramOptions {
  /** A role that is there in any case. @default none */
  readonly role?: string;
}

/** One to three roles and some small traffic beside. */
export function drawMix({ target, random, packetsPerSecond, role }: MixOptions): TrafficMix {
  const wanted = mainKinds.find(({ name }) => name === role);
  const drawn = some(random, mainKinds, random.integer(1, 3));
  const roles: TrafficMix['roles'] =
    wanted === undefined ? drawn : [wanted, ...drawn.slice(1).filter((one) => one !== wanted)];
  const main = roles.map((kind) => ({
    kind,
    weight: 0.3 + random.float(),
  }));
  const side = some(random, sideKinds, random.integer(1, 4)).map((kind) => ({
    kind,
    weight: 0.01 + 0.05 * random.float(),
  }));
  const bulk = random.chance(0.15) ? [{ kind: random.pick(bulkKinds), weight: 0.5 }] : [];
  const all = [...main, ...side, ...bulk];
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  return {
    roles,
    parts: all.map(({ kind, weight }) => ({ name: kind.name, share: weight / total })),
    sources: all.map(({ kind, weight }) =>
      kind.source({
        target,
        random,
        packetsPerSecond: bursty(random, scaled(packetsPerSecond, weight / total)),
      }),
    ),
  };
}

function some(
  random: SeededRandom,
  kinds: readonly [TrafficKind, ...TrafficKind[]],
  count: number,
): [TrafficKind, ...TrafficKind[]] {
  const chosen = new Set<TrafficKind>();
  while (chosen.size < count) chosen.add(random.pick(kinds));
  const [first = kinds[0], ...others] = chosen;
  return [first, ...others];
}
