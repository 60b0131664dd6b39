/** Browsers. */
import { buildTcp, tcpFlag } from '../../packet/index.ts';
import { endsOf } from '../addresses.ts';
import { Noise } from '../noise.ts';
import type { SeededRandom } from '../random.ts';
import { Schedule, arrivals } from '../source.ts';
import type { Rate, TrafficSource } from '../source.ts';
import { crowdOf } from './datagrams.ts';

export interface WebOptions {
  readonly target: string;
  readonly random: SeededRandom;
  readonly sessionsPerSecond: Rate;
  /** Addresses that clients come from. @default 5000 */
  readonly clients?: number;
  /** @default 443 */
  readonly port?: number;
  /** As in `DatagramOptions`. @default 0 */
  readonly clientsFrom?: number;
  /** As in `DatagramOptions`. @default 1 */
  readonly crowdFactor?: number;
}

const { ack, fin, psh, syn } = tcpFlag;

/** How many packets a session sends to the target, on average. */
export const packetsPerWebSession = 16.5;

/**
 * A request for a connection with options, then acknowledgements, a request, a download, an end. The server answers each
 * request for a connection, and sends two segments for each acknowledgement.
 */
export function webSessions({
  target,
  random,
  sessionsPerSecond,
  clients = 5000,
  port = 443,
  ...whose
}: WebOptions): TrafficSource {
  const schedule = new Schedule(target, 'legitimate');
  const { destination } = endsOf(target);
  const crowd = crowdOf({ target, ...whose }, 0, clients);
  const noise = new Noise(random);
  const session = (atNs: number): void => {
    const { address, ttl, synOptions, options, window } = crowd.client(crowd.pick(random));
    const sourcePort = random.integer(32768, 60999);
    const ends = { source: address, destination, sourcePort, destinationPort: port, ttl };
    const back = { source: destination, destination: address, sourcePort: port, destinationPort: sourcePort };
    const roundTripNs = random.integer(5, 120) * 1e6;
    let sequence = random.uint32();
    let acknowledgment = random.uint32();
    const send = (delayNs: number, flags: number, payload?: Uint8Array): void => {
      const fields = {
        ...ends,
        flags,
        sequence,
        acknowledgment,
        window,
        options,
        ...(payload && { payload }),
      };
      schedule.add(atNs + delayNs, buildTcp(fields));
      sequence = (sequence + (payload?.length ?? 0)) >>> 0;
    };
    schedule.add(atNs, buildTcp({ ...ends, flags: syn, sequence, options: synOptions }));
    schedule.addOutgoing(
      atNs + 5e4,
      buildTcp({ ...back, flags: syn | ack, sequence: acknowledgment, acknowledgment: sequence + 1 }),
    );
    const segment = buildTcp({ ...back, flags: ack, payload: noise.take(1400) });
    sequence = (sequence + 1) >>> 0;
    send(roundTripNs, ack);
    send(roundTripNs + 1e6, ack | psh, noise.take(random.integer(200, 1200)));
    let delayNs = 2 * roundTripNs;
    for (let left = Math.ceil(random.exponential(12)); left > 0; left--) {
      delayNs += random.exponential(4e6);
      schedule.addOutgoing(atNs + delayNs - 1e6, segment);
      schedule.addOutgoing(atNs + delayNs - 5e5, segment);
      acknowledgment = (acknowledgment + 2800) >>> 0;
      send(delayNs, ack);
    }
    send(delayNs + roundTripNs, fin | ack);
  };
  return {
    packets(fromNs, toNs) {
      for (const atNs of arrivals(random, sessionsPerSecond, fromNs, toNs)) session(atNs);
      return schedule.take(toNs);
    },
  };
}
