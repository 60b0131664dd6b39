/** Questions to game servers: lists of servers and players who look around, and monitoring that asks for status. */
import { utf8 } from '@tidegate/schemas';
import { buildUdp } from '../../packet/index.ts';
import type { Ends } from '../addresses.ts';
import { bytes, chance } from '../bytes.ts';
import { Noise } from '../noise.ts';
import type { TrafficSource } from '../source.ts';
import { crowdOf, independent } from './datagrams.ts';
import type { DatagramOptions } from './datagrams.ts';

const head = [0xff, 0xff, 0xff, 0xff] as const;

/** A2S_INFO, A2S_PLAYER and A2S_RULES with their challenges, as server browsers and trackers ask. */
export function serverBrowsers(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const crowd = crowdOf(options, 40_000, 400, 2);
  const build = ({ destination }: Ends): Uint8Array => {
    const { address, ttl } = crowd.client(crowd.pick(random));
    const challenge = random.chance(0.5) ? chance(random, 4) : [];
    const payload = random.chance(0.6)
      ? bytes(head, 0x54, utf8('Source Engine Query'), 0, challenge)
      : bytes(head, random.pick([0x55, 0x56]), challenge.length === 0 ? head : challenge);
    const sourcePort = random.integer(1024, 65535);
    return buildUdp({ source: address, ttl, destination, sourcePort, destinationPort: 27015, payload });
  };
  return independent(options, build, { ratio: 1, payloadBytes: 120 });
}

/** RakNet: players' frame sets and acknowledgements, and unconnected pings of those who look at their list of servers. */
export function bedrockPlayers(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const noise = new Noise(random);
  const crowd = crowdOf(options, 42_000, 300);
  const magic = [0, 255, 255, 0, 254, 254, 254, 254, 253, 253, 253, 253, 18, 52, 86, 120] as const;
  const build = ({ destination }: Ends): Uint8Array => {
    const number = crowd.pick(random);
    const { address, ttl } = crowd.client(number);
    const kind = random.float();
    let payload: Uint8Array = noise
      .take(kind < 0.4 ? random.integer(8, 12) : random.integer(30, 300))
      .slice();
    payload[0] = kind < 0.4 ? 0xc0 : 0x84;
    if (kind > 0.98) payload = bytes(1, 0, 0, 0, 0, chance(random, 4), magic, chance(random, 8));
    const sourcePort = 30_000 + ((number * 61) % 30_000);
    return buildUdp({ source: address, ttl, destination, sourcePort, destinationPort: 19_132, payload });
  };
  return independent(options, build, { ratio: 1.5, payloadBytes: 400 });
}
