/**
 * Requests for connections that nobody means: by raw-packet tools without options, by bots with the options of a real
 * system (Mirai's attack_tcp_syn), with data behind the SYN (XOR.DDoS), or as Mirai's scanner, whose sequence number is
 * the destination.
 */
import { buildTcp, synOptions, tcpFlag } from '../../packet/index.ts';
import type { SeededRandom } from '../random.ts';
import type { AttackFamily, AttackScene, AttackShape } from './attack.ts';
import { aimedPort, fixed, sourcePort, within } from './draws.ts';
import { Noise } from '../noise.ts';
import type { Chosen } from './draws.ts';
import { drawSenders, rawSenders } from './senders.ts';
import type { SenderMix } from './senders.ts';

const services = [80, 443, 22, 25565, 8080, 3306, 30120] as const;

interface Tool {
  readonly name: string;
  readonly senders: SenderMix;
  readonly window: Chosen<number>;
  options(): Uint8Array;
  payload(): Uint8Array;
  readonly sequenceIsDestination?: boolean;
}

const none = new Uint8Array(0);

export const synFloods: AttackFamily = {
  name: 'syn_flood',
  aimedAt: ['browsers', 'programs', 'players over TCP'],
  draw(random, scene): AttackShape {
    const tool = drawTool(random, scene);
    const senders = drawSenders(random, scene, tool.senders);
    const port = aimedPort(random, services, 0.15);
    const from = sourcePort(random, 0.1);
    const view = new DataView(scene.destination.buffer, scene.destination.byteOffset, 16);
    return {
      family: 'syn_flood',
      packetsPerSecond: { from: 20_000, to: 1_000_000 },
      spoofed: senders.isSpoofed,
      parameters: {
        tool: tool.name,
        port: port.parameter,
        sourcePort: from.parameter,
        window: tool.window.parameter,
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
            sequence: tool.sequenceIsDestination === true ? view.getUint32(12) : random.uint32(),
            window: tool.window.next(),
            flags: tcpFlag.syn,
            options: tool.options(),
            payload: tool.payload(),
          }),
        ];
      },
    };
  },
};

const tools = ['raw', 'raw', 'raw', 'mirai', 'mirai', 'connect', 'data', 'scanner'] as const;
const systems = ['linux', 'windows'] as const;

function drawTool(random: SeededRandom, { isIpv4 }: AttackScene): Tool {
  const plain = { options: () => none, payload: () => none };
  const name = random.pick(tools);
  switch (name) {
    case 'raw': {
      const window = random.pick([
        fixed(512),
        fixed(1024),
        fixed(64240),
        fixed(65535),
        within(random, 1, 65535),
      ]);
      return { ...plain, name, senders: rawSenders, window };
    }
    case 'mirai':
      return {
        ...plain,
        name,
        senders: { bots: 4, spoofed: 1 },
        window: fixed(random.integer(1, 65535)),
        options: miraiOptions(random),
      };
    case 'connect': {
      // The kernel of the bot asks, and never gets to answer: sources are made up behind it, or answers filtered.
      const options = synOptions[random.pick(systems)];
      return {
        ...plain,
        name,
        senders: { bots: 1, spoofed: 1 },
        window: fixed(64240),
        options: () => options,
      };
    }
    case 'data': {
      const noise = new Noise(random);
      const bytes = random.integer(880, 1024);
      return { ...plain, name, senders: rawSenders, window: fixed(65535), payload: () => noise.take(bytes) };
    }
    case 'scanner':
      return {
        ...plain,
        name,
        senders: { bots: 1 },
        window: within(random, 1, 65535),
        ...(isIpv4 && { sequenceIsDestination: true }),
      };
  }
}

/** MSS of 1400 to 1415, SACK, a time stamp by chance, window scale 6. */
function miraiOptions(random: SeededRandom): () => Uint8Array {
  return () => {
    const mss = 1400 + random.integer(0, 15);
    const stamp = random.uint32();
    const time = [stamp >>> 24, (stamp >>> 16) & 0xff, (stamp >>> 8) & 0xff, stamp & 0xff];
    return Uint8Array.of(2, 4, mss >> 8, mss & 0xff, 4, 2, 8, 10, ...time, 0, 0, 0, 0, 1, 3, 3, 6);
  };
}
