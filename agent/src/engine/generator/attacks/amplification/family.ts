/** Turns an amplifying service into an attack family: reflectors, each with its own answers, its way and its system. */
import { buildUdp } from '../../../packet/index.ts';
import { fragmented } from '../../fragments.ts';
import type { SeededRandom } from '../../random.ts';
import type { AttackFamily, AttackScene, AttackShape } from '../attack.ts';
import { aimedPort } from '../draws.ts';
import { logUniform, machines } from '../senders.ts';
import type { AmplifyingService } from './service.ts';

/** Ports that questions are sent from in the target's name: services where filters let UDP pass. */
const questionPorts = [80, 443, 53, 123, 27015, 25565, 8080] as const;
/** Different answers that are kept: more reflectors than this share them. */
const answersMax = 32;
const mtuBytes = 1500;

export function amplificationOf(service: AmplifyingService): AttackFamily {
  const name = `${service.name}_amplification`;
  return {
    name,
    isIpv4Only: service.isIpv4Only === true,
    draw: (random, scene) => drawShape(name, service, random, scene),
  };
}

function drawShape(
  name: string,
  service: AmplifyingService,
  random: SeededRandom,
  scene: AttackScene,
): AttackShape {
  const { from, to } = service.reflectors;
  const count = Math.round(logUniform(random, from, to));
  const reflectors = machines(random, scene.isIpv4, 'reflectors', count);
  const kept = Array.from({ length: Math.min(count, answersMax) }, () => ({
    payloads: service.answers(random),
    next: 0,
    port: random.chance(service.shareOtherPorts ?? 0) ? random.integer(1024, 65535) : service.port,
  }));
  const port = aimedPort(random, questionPorts, 0.5);
  const first = kept[0]!;
  return {
    family: name,
    packetsPerSecond: { from: 20_000, to: 500_000 },
    spoofed: false,
    parameters: {
      port: port.parameter,
      ...reflectors.parameters,
      payloadBytes: first.payloads[0]?.length ?? 0,
    },
    packets() {
      const { source, ttl, index } = reflectors.next();
      const answer = kept[index % kept.length] ?? first;
      const destinationPort = port.next();
      // Answers of several datagrams arrive between those of other reflectors.
      const payload = answer.payloads[answer.next] ?? new Uint8Array(0);
      answer.next = (answer.next + 1) % answer.payloads.length;
      const identification = random.integer(0, 0xffff);
      const packet = buildUdp({
        source,
        ttl,
        destination: scene.destination,
        sourcePort: answer.port,
        destinationPort,
        identification,
        payload: echoed(payload, service, random),
      });
      return fragmented(packet, mtuBytes, identification);
    },
  };
}

function echoed(payload: Uint8Array, { echoes }: AmplifyingService, random: SeededRandom): Uint8Array {
  if (echoes === undefined) return payload;
  const own = payload.slice();
  for (let at = echoes.from; at <= echoes.to; at++) own[at] = random.integer(0, 255);
  return own;
}
