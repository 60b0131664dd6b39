/** Pings by the million, answers to pings that nobody sent (Smurf), or other messages of ICMP. */
import { buildIcmp } from '../../packet/index.ts';
import type { SeededRandom } from '../random.ts';
import type { AttackFamily, AttackScene, AttackShape } from './attack.ts';
import { contents, fixed, payloadLengths } from './draws.ts';
import { drawSenders, machines, rawSenders } from './senders.ts';
import type { Senders } from './senders.ts';

interface Kind {
  readonly name: string;
  /** Over IPv4 and IPv6 (RFC 792, RFC 4443). */
  readonly type: readonly [number, number];
  senders(random: SeededRandom, scene: AttackScene): Senders;
}

const raw = (random: SeededRandom, scene: AttackScene): Senders => drawSenders(random, scene, rawSenders);
const kinds: readonly [Kind, ...Kind[]] = [
  { name: 'echo request', type: [8, 128], senders: raw },
  { name: 'echo request', type: [8, 128], senders: raw },
  {
    name: 'echo reply',
    type: [0, 129],
    senders: (random, { isIpv4 }) => machines(random, isIpv4, 'reflectors', random.integer(50, 2000)),
  },
  { name: 'time stamp, or parameter problem', type: [13, 4], senders: raw },
  { name: 'destination unreachable', type: [3, 1], senders: raw },
];

export const icmpFloods: AttackFamily = {
  name: 'icmp_flood',
  draw(random, scene): AttackShape {
    const kind = random.pick(kinds);
    const senders = kind.senders(random, scene);
    const lengths = payloadLengths(random, [4, 36, 60, 68, 512, 1004, 1440], { from: 4, to: 1400 });
    const filling = contents(random);
    const identifier = random.chance(0.5) ? fixed(random.integer(0, 0xffff)) : null;
    return {
      family: 'icmp_flood',
      packetsPerSecond: { from: 20_000, to: 500_000 },
      spoofed: senders.isSpoofed,
      parameters: {
        kind: kind.name,
        bodyBytes: lengths.parameter,
        contents: filling.parameter,
        ...senders.parameters,
      },
      packets() {
        const { source, ttl } = senders.next();
        const body = filling.take(lengths.next()).slice();
        const id = identifier?.next() ?? random.integer(0, 0xffff);
        body.set([id >> 8, id & 0xff, random.integer(0, 255), random.integer(0, 255)]);
        return [
          buildIcmp({
            source,
            ttl,
            destination: scene.destination,
            identification: random.integer(0, 0xffff),
            type: kind.type[scene.isIpv4 ? 0 : 1],
            body,
          }),
        ];
      },
    };
  },
};
