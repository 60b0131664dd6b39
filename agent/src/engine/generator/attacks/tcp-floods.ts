/**
 * Segments of connections that do not exist: ACK, RST and FIN floods. Raw-packet tools send them bare; Mirai's
 * attack_tcp_ack fills them, 512 bytes unless told otherwise.
 */
import { buildTcp, tcpFlag } from '../../packet/index.ts';
import type { SeededRandom } from '../random.ts';
import type { AttackFamily, AttackScene, AttackShape } from './attack.ts';
import { aimedPort, contents, fixed, payloadLengths, sourcePort, within } from './draws.ts';
import type { Chosen, Contents } from './draws.ts';
import { drawSenders, rawSenders } from './senders.ts';

const services = [80, 443, 22, 25565, 8080, 53] as const;
const { fin, rst, psh, ack, urg } = tcpFlag;

interface Segments {
  readonly flags: Chosen<number>;
  readonly lengths: Chosen<number>;
  readonly filling: Contents;
}

export const ackFloods = segmentFloods('ack_flood', (random) => {
  const isFilled = random.chance(0.4);
  return {
    flags: fixed(isFilled ? random.pick([ack, psh | ack]) : ack),
    lengths: isFilled ? payloadLengths(random, [512, 512, 768, 1024, 1400], { from: 1, to: 1400 }) : fixed(0),
    filling: contents(random),
  };
});

export const rstFloods = segmentFloods('rst_flood', (random) => bare(random, [rst, rst, rst | ack]));

export const finFloods = segmentFloods('fin_flood', (random) =>
  bare(random, [fin | ack, fin | ack, fin | psh | ack, fin]),
);

/** Combinations that no connection has, or every combination in turn. */
export const invalidFlags = segmentFloods('tcp_invalid_flags', (random) => {
  const { syn } = tcpFlag;
  const flags = random.chance(0.2)
    ? impossible(random)
    : fixed(
        random.pick([
          0,
          fin | psh | urg,
          syn | fin,
          syn | fin | ack,
          syn | rst,
          rst | fin,
          fin | syn | rst | psh | ack | urg,
        ]),
      );
  return {
    flags,
    lengths: fixed(random.chance(0.8) ? 0 : random.integer(1, 1000)),
    filling: contents(random),
  };
});

function impossible(random: SeededRandom): Chosen<number> {
  const { syn } = tcpFlag;
  const none = [0, urg, psh, psh | urg];
  const two = [syn | fin, syn | rst, fin | rst, syn | fin | rst].flatMap((pair) => [
    pair,
    pair | psh,
    pair | ack,
  ]);
  const all = [...none, ...two];
  return { parameter: 'impossible ones in turn', next: () => all[random.integer(0, all.length - 1)]! };
}

const bare = (random: SeededRandom, flags: readonly [number, ...number[]]): Segments => ({
  flags: fixed(random.pick(flags)),
  lengths: random.chance(0.85) ? fixed(0) : payloadLengths(random, [1, 120, 512], { from: 1, to: 1000 }),
  filling: contents(random),
});

function segmentFloods(name: string, segments: (random: SeededRandom) => Segments): AttackFamily {
  return {
    name,
    aimedAt: ['browsers', 'programs'],
    draw: (random, scene) => drawShape(name, segments(random), random, scene),
  };
}

function drawShape(
  family: string,
  { flags, lengths, filling }: Segments,
  random: SeededRandom,
  scene: AttackScene,
): AttackShape {
  const senders = drawSenders(random, scene, rawSenders);
  const port = aimedPort(random, services);
  const from = sourcePort(random, 0.1);
  const window = random.pick([fixed(512), fixed(0), fixed(64240), within(random, 0, 65535)]);
  const acknowledges = random.chance(0.7);
  return {
    family,
    packetsPerSecond: { from: 20_000, to: 1_000_000 },
    spoofed: senders.isSpoofed,
    parameters: {
      flags: flags.parameter,
      port: port.parameter,
      sourcePort: from.parameter,
      payloadBytes: lengths.parameter,
      contents: filling.parameter,
      window: window.parameter,
      ...senders.parameters,
    },
    packets() {
      const { source, ttl } = senders.next();
      return [
        buildTcp({
          source,
          ttl,
          destination: scene.destination,
          sourcePort: from.next(),
          destinationPort: port.next(),
          identification: random.integer(0, 0xffff),
          sequence: random.uint32(),
          acknowledgment: acknowledges ? random.uint32() : 0,
          window: window.next(),
          flags: flags.next(),
          payload: filling.take(lengths.next()),
        }),
      ];
    },
  };
}
