/**
 * The services of a server: every kind of legitimate traffic that the generator knows as packets, with what its packets
 * do not show: how long sessions are, how many come from sources that nobody has seen for days.
 */
import { buildTcp, buildUdp, tcpFlag } from '../../packet/index.ts';
import { endsOf, machineAddress } from '../addresses.ts';
import { bulkKinds, mainKinds, sideKinds } from '../legitimate/mix.ts';
import type { TrafficKind } from '../legitimate/mix.ts';
import { Schedule, arrivals } from '../source.ts';
import type { Chance } from './chance.ts';
import { Service } from './service.ts';
import type { Conversation, ServiceTraits } from './service.ts';

export interface Habits extends Omit<ServiceTraits, 'name'> {
  /** Whether people use it: day and night differ. */
  readonly followsPeople: boolean;
}

const usual: Habits = {
  packetsPerSession: 500,
  sessionSeconds: 10,
  newShare: 0.1,
  trainsSigma: 0.25,
  followsPeople: true,
};
const short: Habits = { ...usual, sessionSeconds: 2, newShare: 0.3 };
const players: Habits = {
  ...usual,
  packetsPerSession: 30_000,
  sessionSeconds: 300,
  newShare: 0.05,
  trainsSigma: 0.07,
};
const machines: Habits = { ...usual, newShare: 0.02, followsPeople: false };
const transfer: Habits = { ...machines, packetsPerSession: 1e6, sessionSeconds: 0.4, newShare: 0.5 };

/** Where habits are other than usual. */
const habits: Readonly<Record<string, Habits>> = {
  browsers: short,
  'QUIC clients': { ...short, packetsPerSession: 60 },
  'players of a Source game': players,
  'players of another game': players,
  'players over RakNet': players,
  'players over TCP': players,
  'voice calls': { ...players, packetsPerSession: 9000, sessionSeconds: 180 },
  meetings: { ...players, packetsPerSession: 90_000 },
  'questions for names': { ...machines, packetsPerSession: 5, sessionSeconds: 1, followsPeople: true },
  'a resolver': { ...machines, packetsPerSession: 20, sessionSeconds: 1, followsPeople: true },
  'questions for the time': { ...machines, packetsPerSession: 3, sessionSeconds: 1, newShare: 0.2 },
  'tunnels over IPsec': { ...machines, trainsSigma: 0.35 },
  'tunnels over GRE': { ...machines, trainsSigma: 0.35 },
  pings: machines,
  'answers for names': machines,
  'answers for the time': machines,
  'a backup over TCP': transfer,
  'a speed test over TCP': transfer,
  'a speed test over UDP': transfer,
  'a download over TCP': transfer,
  'a download over QUIC': transfer,
  scanners: { ...machines, packetsPerSession: 1.2, sessionSeconds: 1, newShare: 0.6 },
};

/** What every address of the Internet receives: requests to ports that nobody serves, from all over the world. */
const scanners: TrafficKind = {
  name: 'scanners',
  source: ({ target, random, packetsPerSecond }) => {
    const schedule = new Schedule(target, 'legitimate');
    const { isIpv4, destination } = endsOf(target);
    const isFiltered = random.chance(0.5);
    return {
      packets(fromNs, toNs) {
        for (const atNs of arrivals(random, packetsPerSecond, fromNs, toNs)) {
          const source = machineAddress(random, isIpv4);
          const ends = { source, destination, sourcePort: random.integer(1024, 65535), ttl: 50 };
          const destinationPort = random.pick([23, 445, 3389, 5900, random.integer(1, 65535)]);
          if (random.chance(0.8)) {
            schedule.add(
              atNs,
              buildTcp({
                ...ends,
                destinationPort,
                flags: tcpFlag.syn,
                sequence: random.uint32(),
                window: 1024,
              }),
            );
            const back = { source: destination, destination: source, sourcePort: destinationPort };
            if (!isFiltered)
              schedule.addOutgoing(
                atNs,
                buildTcp({ ...back, destinationPort: ends.sourcePort, flags: tcpFlag.rst | tcpFlag.ack }),
              );
          } else schedule.add(atNs, buildUdp({ ...ends, destinationPort, payload: new Uint8Array(40) }));
        }
        return schedule.take(toNs);
      },
    };
  },
};

const kinds = new Map([...mainKinds, ...sideKinds, ...bulkKinds, scanners].map((kind) => [kind.name, kind]));

type Names = readonly [string, ...string[]];
const namesOf = ([first, ...others]: readonly [TrafficKind, ...TrafficKind[]]): [string, ...string[]] => [
  first.name,
  ...others.map(({ name }) => name),
];
export const mainServices: Names = namesOf(mainKinds);
export const sideServices: Names = namesOf(sideKinds);
/** What crowds of people come for. */
export const crowdServices: ReadonlySet<string> = new Set(
  ['browsers', 'programs', 'QUIC clients', 'voice calls', 'meetings'].concat(
    mainServices.filter((name) => name.startsWith('players')),
  ),
);
export const isGame = (service: string): boolean => service.startsWith('players');
export const habitsOf = (service: string): Habits => habits[service] ?? usual;

/** Enough for every kind of packet that is more than one in some hundred. */
const shownPackets = 2400;
const shownPerSecond = 400;
const skippedNs = 3e9;

export function createService(name: string, target: string, chance: Chance): Service {
  const kind = kinds.get(name);
  if (kind === undefined) throw new RangeError(`no traffic of the kind "${name}"`);
  const source = kind.source({ target, random: chance, packetsPerSecond: shownPerSecond });
  // What begins in the first seconds has not found its stride.
  source.packets(0, skippedNs);
  const shown = source.packets(skippedNs, skippedNs + (shownPackets / shownPerSecond) * 1e9);
  const conversation: Conversation = {
    incoming: shown.filter(({ direction }) => direction !== 'out').map(({ bytes }) => bytes),
    outgoing: shown.filter(({ direction }) => direction === 'out').map(({ bytes }) => bytes),
  };
  const traits = habitsOf(name);
  return new Service(
    { ...traits, name, newShare: Math.min(1, traits.newShare * chance.logNormal(0.4)) },
    conversation,
    chance,
  );
}
