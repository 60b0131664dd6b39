/**
 * Servers that were asked for connections in the target's name answer it: SYN-ACKs of every system there is, sent again
 * when nobody replies, and RSTs where the port is closed.
 */
import { buildTcp, tcpFlag } from '../../packet/index.ts';
import type { SeededRandom } from '../random.ts';
import type { AttackFamily, AttackShape } from './attack.ts';
import { aimedPort } from './draws.ts';
import { logUniform, machines } from './senders.ts';
import type { Sender } from './senders.ts';

/** Services that reflectors are found at; one attack uses one of them, or what a list of servers has. */
const lists: readonly [number[], ...number[][]] = [
  [80],
  [443],
  [22],
  [21, 22, 23],
  [80, 443, 22, 25, 179, 8080],
  [443, 80],
];

interface System {
  readonly window: number;
  readonly options: Uint8Array;
}

/** Answers as Linux, Windows, BSD and small devices give them to a bare SYN: with a maximum segment size, rarely more. */
const systems: readonly [System, ...System[]] = [
  { window: 64240, options: Uint8Array.of(2, 4, 5, 180) },
  { window: 29200, options: Uint8Array.of(2, 4, 5, 180) },
  { window: 14600, options: Uint8Array.of(2, 4, 5, 180) },
  { window: 8192, options: Uint8Array.of(2, 4, 5, 180) },
  { window: 65535, options: Uint8Array.of(2, 4, 5, 180, 1, 3, 3, 6) },
  { window: 5840, options: Uint8Array.of(2, 4, 5, 100) },
  { window: 4128, options: Uint8Array.of(2, 4, 2, 24) },
];

export const synAckReflections: AttackFamily = {
  name: 'syn_ack_reflection',
  draw(random, scene): AttackShape {
    const reflectors = machines(
      random,
      scene.isIpv4,
      'reflectors',
      Math.round(logUniform(random, 500, 8000)),
    );
    const services: readonly number[] = random.pick(lists);
    const shareClosed = random.float() * 0.08;
    const port = aimedPort(random, [80, 443, 1024], 0.5);
    const answerOf = answers(random, services, shareClosed);
    return {
      family: 'syn_ack_reflection',
      packetsPerSecond: { from: 20_000, to: 300_000 },
      spoofed: false,
      parameters: { services, port: port.parameter, shareClosed, ...reflectors.parameters },
      packets() {
        const sender = reflectors.next();
        return [
          buildTcp({
            source: sender.source,
            ttl: sender.ttl,
            destination: scene.destination,
            destinationPort: port.next(),
            sequence: random.uint32(),
            acknowledgment: random.uint32(),
            ...answerOf(sender),
          }),
        ];
      },
    };
  },
};

function answers(random: SeededRandom, services: readonly number[], shareClosed: number) {
  return ({ index }: Sender) => {
    const sourcePort = services[index % services.length] ?? 80;
    if (random.chance(shareClosed)) return { sourcePort, flags: tcpFlag.rst | tcpFlag.ack, window: 0 };
    const { window, options } = systems[index % systems.length] ?? systems[0];
    return { sourcePort, flags: tcpFlag.syn | tcpFlag.ack, window, options };
  };
}
