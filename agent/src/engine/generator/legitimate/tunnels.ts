/** Tunnels of sites and of people: ESP, GRE, WireGuard, OpenVPN. */
import { buildIp, buildTcp, buildUdp, ipProtocol, tcpFlag } from '../../packet/index.ts';
import type { Ends } from '../addresses.ts';
import { bytes, chance } from '../bytes.ts';
import { Noise } from '../noise.ts';
import type { SeededRandom } from '../random.ts';
import type { TrafficSource } from '../source.ts';
import { Crowd } from './clients.ts';
import { crowdOf, independent } from './datagrams.ts';
import type { DatagramOptions } from './datagrams.ts';

/** Lengths of what goes through a tunnel: many acknowledgements, many full packets, something between. */
function innerLength(random: SeededRandom): number {
  const kind = random.float();
  if (kind < 0.4) return random.integer(40, 120);
  return kind < 0.8 ? random.integer(1300, 1380) : random.integer(120, 1300);
}

/** IPsec of one to three other sites: an index each (RFC 4303), sequence numbers, ciphertext in blocks of 4. */
export function ipsecSites(options: DatagramOptions & { readonly sites?: number }): TrafficSource {
  const { random, sites = 2 } = options;
  const noise = new Noise(random);
  const crowd = crowdOf({ ...options, crowdFactor: 1 }, 70_000, sites);
  const tunnels = Array.from({ length: sites }, () => ({
    index: chance(random, 4),
    sequence: random.integer(0, 1e6),
  }));
  const build = ({ destination }: Ends): Uint8Array => {
    const site = crowd.pick(random);
    const { address, ttl } = crowd.client(site);
    const tunnel = tunnels[site]!;
    tunnel.sequence += 1;
    const payload = noise.take(((innerLength(random) + 40) >> 2) << 2).slice();
    payload.set(tunnel.index);
    new DataView(payload.buffer).setUint32(4, tunnel.sequence);
    return buildIp({ source: address, ttl, destination }, ipProtocol.esp, payload);
  };
  return independent(options, build, { ratio: 1, payloadBytes: 600 });
}

/** GRE of another site or of a scrubbing service: an IP packet behind a header of 4 bytes (RFC 2784). */
export function greSites(options: DatagramOptions & { readonly sites?: number }): TrafficSource {
  const { random, sites = 1 } = options;
  const noise = new Noise(random);
  const crowd = crowdOf(options, 71_000, sites);
  const inside = new Crowd(true, 0, 2000);
  const build = ({ destination }: Ends): Uint8Array => {
    const { address, ttl } = crowd.client(crowd.pick(random));
    const sender = inside.client(inside.pick(random));
    const inner = buildTcp({
      source: sender.address,
      ttl: sender.ttl,
      destination: inside.client(0).address,
      sourcePort: random.integer(32768, 60999),
      destinationPort: 443,
      flags: tcpFlag.ack,
      sequence: random.uint32(),
      acknowledgment: random.uint32(),
      payload: noise.take(Math.max(0, innerLength(random) - 40)),
    });
    return buildIp({ source: address, ttl, destination }, ipProtocol.gre, bytes(0, 0, 8, 0, inner));
  };
  return independent(options, build, { ratio: 1, payloadBytes: 600 });
}

/** WireGuard users: type 4, three zero bytes, index, counter (WireGuard, section 5.4.6), lengths in blocks of 16. */
export function wireGuardUsers(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const noise = new Noise(random);
  const crowd = crowdOf(options, 72_000, 150, 1.5);
  const build = ({ destination }: Ends): Uint8Array => {
    const number = crowd.pick(random);
    const { address, ttl } = crowd.client(number);
    const payload = noise.take(32 + ((innerLength(random) + 15) >> 4) * 16).slice();
    payload.set([4, 0, 0, 0, number & 0xff, number >> 8, 0x5a, 0xa5]);
    const sourcePort = 1024 + ((number * 419) % 60_000);
    return buildUdp({ source: address, ttl, destination, sourcePort, destinationPort: 51_820, payload });
  };
  return independent(options, build, { ratio: 1, payloadBytes: 700 });
}

/** OpenVPN users: P_DATA_V2 with a peer number of 3 bytes, then a packet number and ciphertext. */
export function openVpnUsers(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const noise = new Noise(random);
  const crowd = crowdOf(options, 73_000, 150, 1.5);
  const build = ({ destination }: Ends): Uint8Array => {
    const number = crowd.pick(random);
    const { address, ttl } = crowd.client(number);
    const payload = noise.take(innerLength(random) + 24).slice();
    payload.set([0x48, 0, number >> 8, number & 0xff]);
    const sourcePort = random.chance(0.3) ? 1194 : 1024 + ((number * 419) % 60_000);
    return buildUdp({ source: address, ttl, destination, sourcePort, destinationPort: 1194, payload });
  };
  return independent(options, build, { ratio: 1, payloadBytes: 700 });
}
