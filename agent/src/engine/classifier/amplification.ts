/**
 * Amplification: answers that nobody asked for, reflected off servers that were asked in the target's name. They come
 * from the port of one service and are answers of its protocol, which the first bytes of the payload show.
 *
 * The sources are real machines, but not those of the attacker. A rule names the service's port and the lengths of its
 * answers; answers that are longer than a packet arrive as fragments, of which only the first has ports, so that a
 * companion rule takes the trailing ones.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import { amplifierPorts, ipProtocol, payloadOf, startsWithBytes } from '../packet/index.ts';
import type { CounterName } from '../types.ts';
import { answerOf } from './answer.ts';
import { isSparing } from './collateral/share.ts';
import { weigh } from './family.ts';
import type { Family } from './family.ts';
import type { Range } from './ranges.ts';
import type { Members, Scene } from './scene.ts';
import { populationCount, jumpSignal, massSignal, ramp, samplesSignal, sendersSignal } from './signals.ts';
import type { Signal } from './signals.ts';
import { excessOf, hitByAny, partOf, weightOf } from './traffic.ts';
import type { Condition, Traffic } from './traffic.ts';

export interface Service {
  /** As in the family's name: ntp for ntp_amplification. */
  readonly name: string;
  /** In words. */
  readonly title: string;
  /** Ports that servers answer from. */
  readonly ports: readonly number[];
  /**
   * First bytes of answers that come from any other port: some servers answer from one that they open for it. Left out
   * where answers only come from the ports above.
   */
  readonly elsewhere?: readonly string[];
  /** Whether a payload is an answer of the service; as much as was captured, at most 100 bytes. */
  readonly isAnswer: (payload: Uint8Array) => boolean;
  /** @default udpAmplifierPackets, or udpPackets for a port that is not counted there */
  readonly counter?: CounterName;
  /**
   * Mean length of answers, bytes of IP, up to which hosts that ask for themselves get them, and from which on only
   * amplifiers send them. Left out where nobody asks such a service over the Internet.
   */
  readonly asked?: { readonly upTo: number; readonly amplifiedFrom: number };
  /** Longest answer that clients of the service get, bytes of payload: a rule begins above. @default 0 */
  readonly ordinaryBytes?: number;
  /** What an answer says that it was asked; left out where answers do not tell. */
  readonly questionOf?: (payload: Uint8Array) => string;
}

/** So few questions are an attacker's choice, so many are what users want to know. */
const questionsFew = 6;
const questionsMany = 20;

/** Everybody who looks something up asks for something else; an attacker asks what has a long answer. */
function questionSignal({ questionOf }: Service, { seen }: Traffic): Signal {
  if (questionOf === undefined) return { factor: 1, reason: '' };
  const questions = populationCount(seen, ({ packet }) => questionOf(payloadOf(packet)));
  return {
    factor: 0.4 + 0.6 * ramp(questions, questionsMany, questionsFew),
    reason: `they answer ${questions >= 1000 ? 'over 1000' : `about ${questions.toFixed(0)}`} questions`,
  };
}

export function amplification(service: Service): Family {
  const label = `UDP from source port ${service.ports.join(' or ')}`;
  const isAmplifier = service.ports.every((port) => amplifierPorts.has(port));
  const isFromPorts = fromPorts(service);
  const isFromElsewhere = fromElsewhere(service);
  const isMember: Condition = (seen) => isFromPorts(seen) || isFromElsewhere(seen);
  return {
    name: `${service.name}_amplification`,
    counter: service.counter ?? (isAmplifier ? 'udpAmplifierPackets' : 'udpPackets'),
    isMember,
    judge(scene, members) {
      const mass = massSignal(scene, label, withTail(members));
      if (mass.factor === 0) return null;
      const { confidence, reasons } = weigh([
        mass,
        { factor: 1, reason: `they are ${service.title} answers` },
        sizeSignal(service, members.now),
        questionSignal(service, members.now),
        sendersSignal(members.now, service.asked === undefined ? 0.85 : 0.5),
        jumpSignal(scene, label, members),
        samplesSignal(members.now),
      ]);
      const own = partOf(members.now, isFromPorts);
      const other = partOf(members.now, isFromElsewhere);
      const elsewhere = elsewhereRules(scene, service, other, partShareMin * members.now.excess);
      const ofPorts = own.excess === 0 ? [] : [portRule(scene, members, service, own)];
      const [base = portRule(scene, members, service, own), ...others] = [...ofPorts, ...elsewhere];
      const { rule: tail, limit } = tailAnswer(scene, members);
      const { why, ...answer } = answerOf(
        scene,
        { ...members, now: own.excess === 0 ? other : own },
        {
          base,
          spoofed: 0,
          companions: tail === undefined ? others : [...others, tail],
          limit,
          isMember,
        },
      );
      return {
        confidence,
        reasons: [...reasons, ...why, ...(limit === undefined ? [] : [tailReason])],
        spoofed: 0,
        ...answer,
      };
    },
  };
}

function fromPorts({ ports, isAnswer }: Service): Condition {
  const known = new Set<number | null>(ports);
  return ({ packet }) =>
    packet.protocol === ipProtocol.udp && known.has(packet.sourcePort) && isAnswer(payloadOf(packet));
}

/** Servers open ports for answers where no privilege is needed. */
const openedPortMin = 1024;

function fromElsewhere({ ports, isAnswer, elsewhere }: Service): Condition {
  if (elsewhere === undefined) return () => false;
  const beginnings = elsewhere.map(hexBytes);
  return ({ packet }) => {
    const { protocol, sourcePort } = packet;
    if (protocol !== ipProtocol.udp || sourcePort === null || sourcePort < openedPortMin) return false;
    const payload = payloadOf(packet);
    const isKnown = beginnings.some((first) => startsWithBytes(payload, first));
    return isKnown && !ports.includes(sourcePort) && isAnswer(payload);
  };
}

const hexBytes = (text: string): number[] =>
  (text.match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16));

const tailReason =
  'its trailing fragments look like those of quiet traffic: they are for a rate limit, not for a rule that drops';

const withTail = ({ now, tail }: Members): Traffic => ({
  ...now,
  seen: [...now.seen, ...tail.seen],
  weight: now.weight + tail.weight,
  excess: now.excess + tail.excess,
});

/** Answers that a host asked for are mostly short; an amplifier is chosen for its long ones. */
function sizeSignal({ asked }: Service, { seen, weight }: Traffic): Signal {
  const mean = seen.reduce((sum, one) => sum + one.weight * one.length, 0) / weight;
  const factor = asked === undefined ? 1 : 0.3 + 0.7 * ramp(mean, asked.upTo, asked.amplifiedFrom);
  return { factor, reason: `${mean.toFixed(0)} bytes in the mean` };
}

function portRule({ destination }: Scene, { quiet }: Members, service: Service, own: Traffic): TrafficMatch {
  return {
    destination,
    protocol: ipProtocol.udp,
    sourcePorts: service.ports.map((port) => ({ from: port, to: port })),
    packetLengths: [longAnswers(service, own, quiet)],
  };
}

function elsewhereRules(
  { destination }: Scene,
  service: Service,
  other: Traffic,
  excessMin: number,
): TrafficMatch[] {
  return (service.elsewhere ?? []).flatMap((bytes) => {
    const payload = { offset: 0, bytes };
    const some = partOf(other, hitByAny([{ destination, protocol: ipProtocol.udp, payload }]));
    if (some.excess === 0 || some.excess < excessMin) return [];
    const packetLengths = [longAnswers(service, some, { ...some, seen: [], weight: 0 })];
    return [{ destination, protocol: ipProtocol.udp, packetLengths, payload }];
  });
}

const lengthMax = 65_535;
/** How far below the attack's shortest answers a rule begins: as far as quiet answers allow. */
const reaches = [0.75, 0.9, 1];
/** Where nobody asks for himself there is nothing to spare, and a few samples may have missed the short ones. */
const reachesUnasked = [0.25, 0.5, ...reaches];
const strayShare = 0.01;
/** Of the answers in quiet times, so few may be as long. */
const quietShareMax = 0.005;

/**
 * Long answers, whatever their exact length: amplifiers differ, attackers change their question every few
 * milliseconds, and a host that asked can ask again with a smaller buffer (RFC 6891, section 6.2.5).
 */
function longAnswers({ asked, ordinaryBytes = 0 }: Service, answers: Traffic, quiet: Traffic): Range {
  const sorted = answers.seen.filter(({ excess }) => excess > 0).sort((a, b) => a.length - b.length);
  let stray = strayShare * answers.excess;
  const first = sorted.find(({ excess }) => (stray -= excess) < 0);
  if (first === undefined) return { from: 20, to: lengthMax };
  const spares = (from: number): boolean =>
    weightOf(quiet.seen.filter(({ length }) => length >= from)) <= quietShareMax * quiet.weight;
  const least = Math.min(first.length, first.packet.payloadOffset + ordinaryBytes + 1);
  const starts = (asked === undefined ? reachesUnasked : reaches).map((factor) =>
    Math.max(least, Math.floor(first.length * factor)),
  );
  return { from: starts.find(spares) ?? first.length, to: lengthMax };
}

/** A smaller part of the answers needs no rule of its own. */
const partShareMin = 0.01;

/**
 * What is for the trailing fragments: a rule, or, where quiet traffic has fragments of its own, a rate limit. Without their
 * first fragments they are worth nothing to anybody, and only cost the link.
 */
function tailAnswer(
  { destination, quiet }: Scene,
  { now, tail }: Members,
): { rule?: TrafficMatch; limit?: TrafficMatch } {
  if (tail.excess < partShareMin * now.excess) return {};
  const fragments: TrafficMatch = { destination, protocol: ipProtocol.udp, fragment: true };
  return isSparing(quiet.seen, hitByAny([fragments])) ? { rule: fragments } : { limit: fragments };
}

/** Most fragments that one packet may become behind the first: 65,535 bytes in pieces of an Ethernet frame. */
const fragmentsPerPacketMax = 44;
const firstShareMin = 0.02;

/** Excess of first fragments of UDP. */
export const firstFragments = ({ seen }: Traffic): number =>
  excessOf(seen.filter(({ packet }) => packet.fragment === 'first' && packet.protocol === ipProtocol.udp));

/** Whether trailing fragments of UDP may be the rest of these packets: enough of them are first fragments. */
export function mayHaveTail(now: Traffic, tail: Traffic): boolean {
  const first = firstFragments(now);
  return first > 0 && first >= firstShareMin * now.excess && tail.excess <= fragmentsPerPacketMax * first;
}
