/**
 * Fragments: datagrams longer than any packet, as bots send them through their own kernel; or pieces without a
 * beginning, or without an end, that raw-packet tools make up so that the target waits for the rest.
 */
import { buildIp, buildUdp, ipProtocol } from '../../packet/index.ts';
import { fragmented } from '../fragments.ts';
import type { SeededRandom } from '../random.ts';
import type { AttackFamily, AttackScene, AttackShape } from './attack.ts';
import { aimedPort, contents, payloadLengths, sourcePort } from './draws.ts';
import type { Contents } from './draws.ts';
import { drawSenders, rawSenders } from './senders.ts';

const mtuBytes = 1500;

export const udpFragmentFloods: AttackFamily = {
  name: 'udp_fragment_flood',
  draw: (random, scene) =>
    random.chance(0.6)
      ? longDatagrams(random, scene)
      : pieces('udp_fragment_flood', random, scene, () => ipProtocol.udp),
};

export const ipFragmentFloods: AttackFamily = {
  name: 'ip_fragment_flood',
  draw(random, scene) {
    const icmp = scene.isIpv4 ? ipProtocol.icmp : ipProtocol.icmpv6;
    const others = [ipProtocol.tcp, icmp, 132, 255] as const;
    const one = random.pick([ipProtocol.tcp, icmp, 255]);
    const isMixed = random.chance(0.4);
    return pieces('ip_fragment_flood', random, scene, () => (isMixed ? random.pick(others) : one));
  },
};

/** Whole datagrams of some thousand bytes, first fragment and all that follow. */
function longDatagrams(random: SeededRandom, scene: AttackScene): AttackShape {
  const senders = drawSenders(random, scene, { bots: 3, few: 1, spoofed: 1 });
  const port = aimedPort(random, [80, 443, 53, 27015]);
  const from = sourcePort(random);
  const lengths = payloadLengths(random, [2000, 4096, 8192, 16_000], { from: 1600, to: 16_000 });
  const filling = contents(random);
  return {
    family: 'udp_fragment_flood',
    packetsPerSecond: { from: 20_000, to: 300_000 },
    spoofed: senders.isSpoofed,
    parameters: {
      kind: 'long datagrams',
      port: port.parameter,
      payloadBytes: lengths.parameter,
      ...senders.parameters,
    },
    packets() {
      const { source, ttl } = senders.next();
      const identification = random.uint32();
      const datagram = buildUdp({
        source,
        ttl,
        destination: scene.destination,
        sourcePort: from.next(),
        destinationPort: port.next(),
        payload: filling.take(lengths.next()),
      });
      return fragmented(datagram, mtuBytes, identification);
    },
  };
}

/** Pieces that fit nowhere: some place in a packet that is never whole. */
function pieces(
  family: string,
  random: SeededRandom,
  scene: AttackScene,
  protocol: () => number,
): AttackShape {
  const senders = drawSenders(random, scene, rawSenders);
  const lengths = payloadLengths(random, [8, 24, 512, 1024, 1448], { from: 8, to: 1448 });
  const filling: Contents = contents(random);
  const place = random.pick(['anywhere', 'one place']);
  const offset = random.integer(1, 185) * 8;
  return {
    family,
    packetsPerSecond: { from: 20_000, to: 500_000 },
    spoofed: senders.isSpoofed,
    parameters: { kind: 'pieces', place, payloadBytes: lengths.parameter, ...senders.parameters },
    packets() {
      const { source, ttl } = senders.next();
      // Only the last piece may have a length that is no multiple of 8.
      const payload = filling.take(lengths.next() & ~7 || 8);
      const offsetBytes = place === 'one place' ? offset : random.integer(1, 8000) * 8;
      return [
        buildIp(
          {
            source,
            ttl,
            destination: scene.destination,
            identification: random.integer(0, 0xffff),
            fragment: { offsetBytes, more: random.chance(0.7) },
          },
          protocol(),
          payload,
        ),
      ];
    },
  };
}
