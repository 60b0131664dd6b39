import { buildTcp, synOptions, tcpFlag } from '../../packet/index.ts';
import { clientAddress, endsOf } from '../addresses.ts';
import type { SeededRandom } from '../random.ts';
import { Schedule, arrivals } from '../source.ts';
import type { Rate, TrafficSource } from '../source.ts';

export interface WebOptions {
  readonly target: string;
  readonly random: SeededRandom;
  readonly sessionsPerSecond: Rate;
  /** Addresses that clients come from. @default 5000 */
  readonly clients?: number;
}

const systems = ['linux', 'linux', 'windows', 'macos'] as const;

/** Browsers: a request for a connection with options, then acknowledgements, a request, a download, an end. */
export function webSessions({
  target,
  random,
  sessionsPerSecond,
  clients = 5000,
}: WebOptions): TrafficSource {
  const schedule = new Schedule(target, 'legitimate');
  const { isIpv4, destination } = endsOf(target);
  const session = (atNs: number): void => {
    const ends = {
      source: clientAddress(isIpv4, random.integer(1, clients)),
      destination,
      sourcePort: random.integer(32768, 60999),
      destinationPort: 443,
      ttl: random.integer(45, 60),
    };
    const roundTripNs = random.integer(5, 120) * 1e6;
    const send = (delayNs: number, flags: number, payloadBytes = 0, options?: Uint8Array): void =>
      schedule.add(
        atNs + delayNs,
        buildTcp({
          ...ends,
          flags,
          sequence: random.uint32(),
          payload: new Uint8Array(payloadBytes),
          ...(options && { options }),
        }),
      );
    send(0, tcpFlag.syn, 0, synOptions[random.pick(systems)]);
    send(roundTripNs, tcpFlag.ack);
    send(roundTripNs + 1e6, tcpFlag.ack | tcpFlag.psh, random.integer(200, 1200));
    let delayNs = 2 * roundTripNs;
    for (let left = Math.ceil(random.exponential(12)); left > 0; left--) {
      delayNs += random.exponential(4e6);
      send(delayNs, tcpFlag.ack);
    }
    send(delayNs + roundTripNs, tcpFlag.fin | tcpFlag.ack);
  };
  return {
    packets(fromNs, toNs) {
      for (const atNs of arrivals(random, sessionsPerSecond, fromNs, toNs)) session(atNs);
      return schedule.take(toNs);
    },
  };
}
