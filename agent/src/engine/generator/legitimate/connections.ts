/** Connections that last: programs, mail, shells, games over TCP. Each begins, goes on for a while, and ends in order. */
import { buildTcp, tcpFlag } from '../../packet/index.ts';
import { endsOf } from '../addresses.ts';
import { Noise } from '../noise.ts';
import { Schedule, arrivals } from '../source.ts';
import type { GeneratedPacket, TrafficSource } from '../source.ts';
import type { Client, Crowd } from './clients.ts';
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
  /** Times that it had something to send: its request, the end of the handshake, and so on. */
  sent: number;
}

const { ack, fin, psh, syn } = tcpFlag;

export const connections = (options: ConnectionsOptions): TrafficSource => new Connections(options);

class Connections implements TrafficSource {
  readonly #options: ConnectionsOptions;
  readonly #schedule: Schedule;
  readonly #destination: Uint8Array;
  readonly #crowd: Crowd;
  readonly #noise: Noise;
  readonly #all: Connection[];
  /** Only its size and kind are looked at. */
  readonly #answerOfAll: Uint8Array;

  constructor(options: ConnectionsOptions) {
    const { target, random, clients, areOpen = true } = options;
    this.#options = options;
    this.#schedule = new Schedule(target, 'legitimate');
    this.#destination = endsOf(target).destination;
    this.#crowd = crowdOf(options, 0, clients);
    this.#noise = new Noise(random);
    // At the start all of them are somewhere in the middle.
    this.#all = Array.from({ length: options.connections }, () => this.#open(areOpen ? 2 : 0));
    this.#answerOfAll = this.#answer(this.#open(2), ack | psh, this.#noise.take(300));
  }

  packets(fromNs: number, toNs: number): GeneratedPacket[] {
    const { random, packetsPerSecond } = this.#options;
    for (const atNs of arrivals(random, packetsPerSecond, fromNs, toNs)) this.#next(atNs);
    return this.#schedule.take(toNs);
  }

  #next(atNs: number): void {
    const { random, packetsPerConnection, dataShare } = this.#options;
    const slot = random.integer(0, this.#all.length - 1);
    const connection = this.#all[slot]!;
    connection.sent += 1;
    if (connection.sent === 1) {
      this.#begin(connection, atNs);
      return;
    }
    this.#schedule.addOutgoing(atNs + 1e5, this.#answerOfAll);
    if (connection.sent === 2) {
      // Who opens a connection has something to say, and says it as soon as it is open.
      this.#send(connection, atNs, ack);
      this.#send(connection, atNs + 2e5, ack | psh, this.#someBytes());
    } else if (random.chance(1 / packetsPerConnection)) {
      this.#send(connection, atNs, fin | ack);
      this.#all[slot] = this.#open(0);
    } else if (random.chance(dataShare)) this.#send(connection, atNs, ack | psh, this.#someBytes());
    else this.#send(connection, atNs, ack);
  }

  #open(sent: number): Connection {
    const { random } = this.#options;
    return {
      client: this.#crowd.client(this.#crowd.pick(random)),
      sourcePort: random.integer(32768, 60999),
      sequence: random.uint32(),
      acknowledgment: random.uint32(),
      sent,
    };
  }

  #begin(connection: Connection, atNs: number): void {
    const { client, sequence } = connection;
    const request = { ...this.#ends(connection), flags: syn, sequence, options: client.synOptions };
    this.#schedule.add(atNs, buildTcp(request));
    this.#schedule.addOutgoing(atNs + 5e4, this.#answer(connection, syn | ack));
    connection.sequence = (sequence + 1) >>> 0;
  }

  #send(connection: Connection, atNs: number, flags: number, payloadBytes = 0): void {
    const { client, sequence, acknowledgment } = connection;
    const { window, options } = client;
    const payload = this.#noise.take(payloadBytes);
    const segment = { ...this.#ends(connection), flags, sequence, acknowledgment, window, options, payload };
    this.#schedule.add(atNs, buildTcp(segment));
    connection.sequence = (sequence + payloadBytes) >>> 0;
    connection.acknowledgment = (acknowledgment + 300) >>> 0;
  }

  #someBytes(): number {
    const { random, dataBytes } = this.#options;
    return random.integer(dataBytes.from, dataBytes.to);
  }

  #ends({ client, sourcePort }: Connection) {
    const destination = this.#destination;
    return {
      source: client.address,
      ttl: client.ttl,
      destination,
      sourcePort,
      destinationPort: this.#options.port,
    };
  }

  #answer(connection: Connection, flags: number, payload?: Uint8Array): Uint8Array {
    return buildTcp({
      source: this.#destination,
      destination: connection.client.address,
      sourcePort: this.#options.port,
      destinationPort: connection.sourcePort,
      flags,
      ...(payload && { payload }),
    });
  }
}
