/** Who is at the other end of legitimate traffic: the same client always has the same address, system and way. */
import { synOptions } from '../../packet/index.ts';
import { clientAddress } from '../addresses.ts';
import type { SeededRandom } from '../random.ts';

const systems = ['linux', 'linux', 'windows', 'macos'] as const;

export interface Client {
  /** 16 bytes. */
  readonly address: Uint8Array;
  /** Of its packets on arrival. */
  readonly ttl: number;
  /** TCP options of its requests for connections. */
  readonly synOptions: Uint8Array;
  /** TCP options of all its other segments: a time stamp (RFC 7323), which Windows does without. */
  readonly options: Uint8Array;
  /** Of its TCP segments behind the handshake. */
  readonly window: number;
  /** Data of a full segment, bytes. */
  readonly segmentBytes: number;
}

const timeStamp = Uint8Array.of(1, 1, 8, 10, 0, 1, 2, 3, 0, 4, 5, 6);
const none = new Uint8Array(0);

/** The client with this number, the same every time. */
export function clientOf(isIpv4: boolean, index: number): Client {
  const mixed = Math.imul(index + 7, 2246822519) >>> 0;
  const system = systems[mixed & 3] ?? 'linux';
  const hops = 7 + ((mixed >>> 4) % 14);
  const options = system === 'windows' ? none : timeStamp;
  return {
    address: clientAddress(isIpv4, index),
    ttl: (system === 'windows' ? 128 : 64) - hops,
    synOptions: synOptions[system],
    options,
    segmentBytes: (isIpv4 ? 1460 : 1440) - options.length,
    window: [501, 502, 1026, 2048, 513, 8212, 4096, 65535][(mixed >>> 8) & 7] ?? 501,
  };
}

/** A range of clients, looked up often. */
export class Crowd {
  readonly #isIpv4: boolean;
  readonly #first: number;
  readonly #size: number;
  readonly #skew: number;
  readonly #known = new Map<number, Client>();

  /** @param skew 1: all send alike; above: the first send more than the last. */
  constructor(isIpv4: boolean, first: number, size: number, skew = 1) {
    this.#isIpv4 = isIpv4;
    this.#first = first;
    this.#size = size;
    this.#skew = skew;
  }

  /** Number of some client, from 0. */
  pick(random: SeededRandom): number {
    return Math.floor(this.#size * random.float() ** this.#skew);
  }

  client(number: number): Client {
    const known = this.#known.get(number);
    if (known !== undefined) return known;
    const client = clientOf(this.#isIpv4, this.#first + number);
    this.#known.set(number, client);
    return client;
  }
}
