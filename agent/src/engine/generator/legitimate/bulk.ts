/** Much data in few flows: backups and uploads over TCP, speed tests over TCP and UDP. */
import { buildTcp, buildUdp, tcpFlag } from '../../packet/index.ts';
import type { Ends } from '../addresses.ts';
import { Noise } from '../noise.ts';
import type { TrafficSource } from '../source.ts';
import type { Client } from './clients.ts';
import { crowdOf, independent } from './datagrams.ts';
import type { DatagramOptions } from './datagrams.ts';

interface Flow {
  readonly client: Client;
  readonly sourcePort: number;
  sequence: number;
}

export interface BulkOptions extends DatagramOptions {
  /** @default 4 */
  readonly flows?: number;
  /** Where it goes. @default 873, rsync */
  readonly port?: number;
  /** Machines that send. @default 1 */
  readonly senders?: number;
}

/** Full segments in a few flows, the target acknowledging every second of them. */
export function tcpUpload(options: BulkOptions): TrafficSource {
  const { random, flows = 4, port = 873, senders = 1 } = options;
  const noise = new Noise(random);
  const crowd = crowdOf(options, 50_000 + random.integer(0, 5000), senders);
  const all = Array.from({ length: flows }, (_, number): Flow => ({
    client: crowd.client(number % senders),
    sourcePort: random.integer(32768, 60999),
    sequence: random.uint32(),
  }));
  const acknowledgment = random.uint32();
  const build = ({ destination }: Ends): Uint8Array => {
    const flow = all[random.integer(0, flows - 1)]!;
    const { address, ttl, window, options: stamps, segmentBytes } = flow.client;
    const payload = noise.take(random.chance(0.97) ? segmentBytes : random.integer(1, 1400));
    flow.sequence = (flow.sequence + payload.length) >>> 0;
    return buildTcp({
      source: address,
      ttl,
      destination,
      sourcePort: flow.sourcePort,
      destinationPort: port,
      flags: random.chance(0.1) ? tcpFlag.ack | tcpFlag.psh : tcpFlag.ack,
      sequence: flow.sequence,
      acknowledgment,
      window,
      options: stamps,
      payload,
    });
  };
  return independent(options, build, { ratio: 0.5, payloadBytes: 4 });
}

/** A download by the target itself: full segments from port 443 of a server, as an update or a backup pulled from afar. */
export function tcpDownload(options: DatagramOptions & { readonly flows?: number }): TrafficSource {
  const { random, flows = 4 } = options;
  const noise = new Noise(random);
  const server = crowdOf(options, 61_000 + random.integer(0, 99), 1).client(0);
  const ports = Array.from({ length: flows }, () => random.integer(32768, 60999));
  let sequence = random.uint32();
  const acknowledgment = random.uint32();
  const build = ({ destination }: Ends): Uint8Array => {
    const payload = noise.take(server.segmentBytes);
    sequence = (sequence + payload.length) >>> 0;
    return buildTcp({
      source: server.address,
      ttl: server.ttl,
      destination,
      sourcePort: 443,
      destinationPort: ports[random.integer(0, flows - 1)]!,
      flags: tcpFlag.ack,
      sequence,
      acknowledgment,
      window: server.window,
      options: server.options,
      payload,
    });
  };
  return independent(options, build, { ratio: 0.4, payloadBytes: 4 });
}

/** A speed test over UDP, as iperf sends it: one flow of datagrams of one length, from one machine. */
export function udpSpeedTest(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const noise = new Noise(random);
  const client = crowdOf(options, 62_000 + random.integer(0, 99), 1).client(0);
  const sourcePort = random.integer(32768, 60999);
  const length = random.pick([1448, 1400, 1200]);
  let number = 0;
  const build = ({ destination }: Ends): Uint8Array => {
    number += 1;
    const payload = noise.take(length).slice();
    payload.set([(number >>> 24) & 0xff, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff]);
    return buildUdp({
      source: client.address,
      ttl: client.ttl,
      destination,
      sourcePort,
      destinationPort: 5201,
      payload,
    });
  };
  return independent(options, build);
}
