/** Floods below TCP and UDP: GRE as Mirai sends it, ESP, and protocols that few have ever seen. */
import { buildIp, buildUdp, ipProtocol } from '../../packet/index.ts';
import { machineAddress } from '../addresses.ts';
import type { SeededRandom } from '../random.ts';
import type { AttackFamily, AttackScene, AttackShape } from './attack.ts';
import { contents, fixed, payloadLengths } from './draws.ts';
import { Noise } from '../noise.ts';
import type { Chosen, Contents } from './draws.ts';
import { drawSenders, rawSenders } from './senders.ts';
import type { SenderMix } from './senders.ts';

interface Load {
  readonly protocol: Chosen<number>;
  readonly parameter: string;
  readonly senders: SenderMix;
  payload(): Uint8Array;
}

/** attack_gre_ip and attack_gre_eth: an IP packet, or an Ethernet frame, with a UDP datagram of 512 bytes to anywhere. */
export const greFloods = floodOf('gre_flood', (random) => {
  const isEthernet = random.chance(0.3);
  const lengths = payloadLengths(random, [512, 512, 512, 1024, 1380], { from: 1, to: 1380 });
  const filling = contents(random);
  const frame = isEthernet ? [...new Noise(random).take(12), 8, 0] : [];
  return {
    protocol: fixed(ipProtocol.gre),
    parameter: isEthernet ? 'Ethernet inside' : 'IP inside',
    senders: { bots: 3, spoofed: 1 },
    payload: () => {
      const inner = buildUdp({
        source: machineAddress(random, true),
        destination: machineAddress(random, true),
        sourcePort: random.integer(0, 0xffff),
        destinationPort: random.integer(0, 0xffff),
        identification: random.integer(0, 0xffff),
        payload: filling.take(lengths.next()),
      });
      const header = isEthernet ? [0, 0, 0x65, 0x58, ...frame] : [0, 0, 8, 0];
      return joined(header, inner);
    },
  };
});

/** Security parameters index and sequence number (RFC 4303), then what looks like any other ciphertext. */
export const espFloods = floodOf('esp_flood', (random) => {
  const noise = new Noise(random);
  const lengths = payloadLengths(random, [64, 128, 512, 1024, 1400], { from: 16, to: 1400 });
  const index = random.chance(0.4) ? noise.take(8).slice() : null;
  return {
    protocol: fixed(ipProtocol.esp),
    parameter: index === null ? 'random SPI' : 'one SPI',
    senders: { spoofed: 5, bots: 4 },
    payload: () => joined([...(index ?? noise.take(8))], noise.take(lengths.next())),
  };
});

/**
 * IGMP, IP in IP, EGP, IPv6 in IPv4, RSVP, OSPF, PIM, L2TP, SCTP, UDP-Lite, experiments and the reserved last one.
 * None of them is an extension header of IPv6.
 */
const rareProtocols = [2, 4, 8, 41, 46, 89, 103, 115, 132, 136, 254, 255] as const;
/** What has a family of its own, or is an extension header of IPv6. */
const notRare: ReadonlySet<number> = new Set([
  0, 1, 6, 17, 43, 44, 47, 50, 51, 58, 59, 60, 135, 139, 140, 253, 254,
]);
const everyProtocol = Array.from({ length: 256 }, (_, number) => number).filter((one) => !notRare.has(one));

export const protocolFloods = floodOf('protocol_flood', (random) => {
  const filling: Contents = contents(random);
  const lengths = payloadLengths(random, [0, 20, 64, 512, 1024, 1400], { from: 0, to: 1400 });
  const one = random.pick(rareProtocols);
  const isRandom = random.chance(0.4);
  return {
    protocol: isRandom
      ? { parameter: 'any', next: () => everyProtocol[random.integer(0, everyProtocol.length - 1)]! }
      : fixed(one),
    parameter: isRandom ? 'any protocol' : `protocol ${one}`,
    senders: rawSenders,
    payload: () => filling.take(lengths.next()),
  };
});

function floodOf(name: string, load: (random: SeededRandom) => Load): AttackFamily {
  return { name, draw: (random, scene) => drawShape(name, load(random), random, scene) };
}

function drawShape(family: string, load: Load, random: SeededRandom, scene: AttackScene): AttackShape {
  const senders = drawSenders(random, scene, load.senders);
  return {
    family,
    packetsPerSecond: { from: 20_000, to: 500_000 },
    spoofed: senders.isSpoofed,
    parameters: { load: load.parameter, ...senders.parameters },
    packets() {
      const { source, ttl } = senders.next();
      const fields = {
        source,
        ttl,
        destination: scene.destination,
        identification: random.integer(0, 0xffff),
      };
      return [buildIp(fields, load.protocol.next(), load.payload())];
    },
  };
}

function joined(header: readonly number[], body: Uint8Array): Uint8Array {
  const all = new Uint8Array(header.length + body.length);
  all.set(header);
  all.set(body, header.length);
  return all;
}
