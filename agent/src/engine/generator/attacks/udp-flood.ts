/** Datagrams by the million, from bots, rented machines or made-up sources, filled with anything. */
import { buildUdp } from '../../packet/index.ts';
import type { AttackFamily, AttackShape } from './attack.ts';
import { aimedPort, contents, payloadLengths, sourcePort } from './draws.ts';
import { drawSenders, rawSenders } from './senders.ts';

const services = [80, 443, 27015, 25565, 9987, 30120, 7777, 3074, 53] as const;

export const udpFloods: AttackFamily = {
  name: 'udp_flood',
  aimedAt: ['players of a Source game', 'players of another game', 'voice calls', 'QUIC clients', 'meetings'],
  draw(random, scene): AttackShape {
    const senders = drawSenders(random, scene, rawSenders);
    const port = aimedPort(random, services, 0.35);
    const from = sourcePort(random);
    const lengths = payloadLengths(random, [0, 1, 18, 32, 64, 128, 512, 1024, 1400, 1452], {
      from: 1,
      to: 1400,
    });
    const filling = contents(random);
    return {
      family: 'udp_flood',
      packetsPerSecond: { from: 20_000, to: 1_000_000 },
      spoofed: senders.isSpoofed,
      parameters: {
        port: port.parameter,
        sourcePort: from.parameter,
        payloadBytes: lengths.parameter,
        contents: filling.parameter,
        ...senders.parameters,
      },
      packets() {
        const { source, ttl } = senders.next();
        return [
          buildUdp({
            source,
            ttl,
            destination: scene.destination,
            sourcePort: from.next(),
            destinationPort: port.next(),
            identification: random.integer(0, 0xffff),
            payload: filling.take(lengths.next()),
          }),
        ];
      },
    };
  },
};
