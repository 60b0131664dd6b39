/**
 * Whole handshakes, so many that the server runs out of connections: bots open them through their own kernel, send
 * nothing or next to nothing, and leave them open or reset them.
 */
import { buildTcp, synOptions, tcpFlag } from '../../packet/index.ts';
import { arrivingTtl, machineAddress } from '../addresses.ts';
import type { SeededRandom } from '../random.ts';
import type { AttackFamily, AttackShape } from './attack.ts';
import { fixed } from './draws.ts';
import { logUniform } from './senders.ts';

const services = [80, 443, 22, 25565, 8080, 3306] as const;

/** How a connection goes on behind its handshake. */
type Ending = 'left open' | 'reset' | 'one byte and open' | 'closed';

interface Bot {
  readonly source: Uint8Array;
  readonly ttl: number;
  readonly options: Uint8Array;
  port: number;
}

type Segment = { readonly flags: number; readonly payload?: Uint8Array };
const { syn, ack, psh, rst, fin } = tcpFlag;

const behindHandshake: Readonly<Record<Ending, readonly Segment[]>> = {
  'left open': [],
  reset: [{ flags: rst | ack }],
  'one byte and open': [{ flags: psh | ack, payload: Uint8Array.of(0x0a) }],
  closed: [{ flags: fin | ack }, { flags: ack }],
};

export const connectionFloods: AttackFamily = {
  name: 'tcp_connection_flood',
  aimedAt: ['browsers', 'programs', 'players over TCP'],
  draw(random, scene): AttackShape {
    const count = Math.round(logUniform(random, 50, 3000));
    const bots = new Map<number, Bot>();
    const someBot = (): Bot => {
      const number = random.integer(1, count);
      const bot = bots.get(number) ?? drawBot(random, scene.isIpv4);
      bots.set(number, bot);
      return bot;
    };
    const port = fixed(random.pick(services));
    const ending = random.pick<Ending>(['left open', 'left open', 'reset', 'one byte and open', 'closed']);
    // Answers take a round trip: handshakes of several connections lie between each other.
    const opening: (() => Uint8Array)[][] = [];
    const connect = (bot: Bot): (() => Uint8Array)[] => {
      bot.port = bot.port === 65535 ? 1024 : bot.port + 1;
      const sourcePort = bot.port;
      const sequence = random.uint32();
      const segments: Segment[] = [{ flags: syn }, { flags: ack }, ...behindHandshake[ending]];
      return segments.map(
        ({ flags, payload }, number) =>
          () =>
            buildTcp({
              source: bot.source,
              ttl: bot.ttl,
              destination: scene.destination,
              sourcePort,
              destinationPort: port.next(),
              sequence: (sequence + number) >>> 0,
              acknowledgment: flags === syn ? 0 : random.uint32(),
              flags,
              ...(flags === syn && { options: bot.options }),
              ...(payload && { payload }),
            }),
      );
    };
    return {
      family: 'tcp_connection_flood',
      packetsPerSecond: { from: 20_000, to: 200_000 },
      spoofed: false,
      parameters: { port: port.parameter, bots: count, ending },
      packets() {
        while (opening.length < inFlight) opening.push(connect(someBot()));
        const at = random.integer(0, opening.length - 1);
        const [next, ...rest] = opening[at]!;
        if (rest.length === 0) opening.splice(at, 1);
        else opening[at] = rest;
        return next === undefined ? [] : [next()];
      },
    };
  },
};

const inFlight = 400;

function drawBot(random: SeededRandom, isIpv4: boolean): Bot {
  const isLinux = random.chance(0.8);
  return {
    source: machineAddress(random, isIpv4),
    ttl: arrivingTtl(random, isLinux ? 64 : 128),
    options: isLinux ? synOptions.linux : synOptions.windows,
    port: random.integer(32768, 60999),
  };
}
