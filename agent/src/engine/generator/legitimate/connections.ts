/** Connections that last: programs, mail, shells, games over TCP. Each begins, goes on for a while, and ends in order. */
import { buildTcp, tcpFlag } from '../../packet/index.ts';
import { endsOf } from '../addresses.ts';
import { Noise } from '../noise.ts';
import { Schedule, arrivals } from '../source.ts';
import type { TrafficSource } from '../source.ts';
import type { Client } from './clients.ts';
import { crowdOf } from './datagrams.ts';
import type { DatagramOptions } from './datagrams.ts';

export interface ConnectionsOptions extends DatagramOptions {
  readonly port: number;
  /** Open at a time. */
  readonly connections: number;
  /** Addresses that clients come from. */
  readonly clients: number;
  /** What a client sends in one connection, on average. */
  readonly packetsPerConnection: number;
  /** Share of its packets that carry data; the others acknowledge. */
  readonly dataShare: number;
  readonly dataBytes: { readonly from: number; readonly to: number };
  /** Whether they are open already when the traffic begins. @default true */
  readonly areOpen?: boolean;
}

interface Connection {
  readonly client: Client;
  readonly sourcePort: number;
  sequence: number;
  acknowledgment: number;
  /** Packets sent so far; the first two are the handshake. */
  sent: number;
}

const { ack, fin, psh, syn } = tcpFlag;

export function connections(options: ConnectionsOptions): TrafficSource {
  const { target, random, packetsPerSecond, port, clients, packetsPerConnection, dataShare, dataBytes } =
    options;
  const schedule = new Schedule(target, 'legitimate');
  const { destination } = endsOf(target);
  const crowd = crowdOf(options, 0, clients);
  const noise = new Noise(random);
  const open = (sent: number): Connection => ({
    client: crowd.client(crowd.pick(random)),
    sourcePort: random.integer(32768, 60999),
    sequence: random.uint32(),
    acknowledgment: random.uint32(),
    sent,
  });
  const all = Array.from({ length: options.connections }, () => open(options.areOpen === false ? 0 : 2));
  const ends = ({ client, sourcePort }: Connection) => ({
    source: client.address,
    ttl: client.ttl,
    destination,
    sourcePort,
    destinationPort: port,
  });
  const answer = (connection: Connection, flags: number, payload?: Uint8Array): Uint8Array =>
    buildTcp({
      source: destination,
      destination: connection.client.address,
      sourcePort: port,
      destinationPort: connection.sourcePort,
      flags,
      ...(payload && { payload }),
    });
  const answerOfAll = answer(all[0] ?? open(2), ack | psh, noise.take(300));
  const next = (atNs: number): void => {
    const slot = random.integer(0, all.length - 1);
    const connection = all[slot]!;
    const { client, sequence, acknowledgment, sent } = connection;
    connection.sent += 1;
    if (sent === 0) {
      schedule.add(atNs, buildTcp({ ...ends(connection), flags: syn, sequence, options: client.synOptions }));
      schedule.addOutgoing(atNs + 5e4, answer(connection, syn | ack));
      connection.sequence = (sequence + 1) >>> 0;
      return;
    }
    const isLast = sent > 2 && random.chance(1 / packetsPerConnection);
    const payload =
      sent > 1 && !isLast && random.chance(dataShare)
        ? noise.take(random.integer(dataBytes.from, dataBytes.to))
        : new Uint8Array(0);
    const flags = isLast ? fin | ack : payload.length > 0 ? ack | psh : ack;
    const { window, options: stamps } = client;
    schedule.add(
      atNs,
      buildTcp({ ...ends(connection), flags, sequence, acknowledgment, window, options: stamps, payload }),
    );
    schedule.addOutgoing(atNs + 1e5, answerOfAll);
    connection.sequence = (sequence + payload.length) >>> 0;
    connection.acknowledgment = (acknowledgment + 300) >>> 0;
    if (isLast) all[slot] = open(0);
  };
  return {
    packets(fromNs, toNs) {
      for (const atNs of arrivals(random, packetsPerSecond, fromNs, toNs)) next(atNs);
      return schedule.take(toNs);
    },
  };
}
