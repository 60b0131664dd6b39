/**
 * UDP flood: datagrams from everywhere, made by a program, that are nothing more special. What gives them away is
 * sameness: one length, one source port or the same bytes among senders that have nothing else in common; or sources that
 * are made up; or ports that nobody ever listened on. Volume alone never does: a crowd of players, callers or QUIC
 * users is volume, too.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import { ipProtocol, isDnsAnswer } from '../../packet/index.ts';
import { answerOf } from '../answer.ts';
import { applicationSignal } from '../application.ts';
import { measure } from '../collateral/share.ts';
import { weigh } from '../family.ts';
import { payloadBytes } from '../kinds.ts';
import type { Family } from '../family.ts';
import { spoofMark } from '../marks.ts';
import { narrow, narrowed } from '../narrow.ts';
import type { Narrowed } from '../narrow.ts';
import { payloadSignatures } from '../payload-signature.ts';
import { widthOf } from '../ranges.ts';
import type { Members, Scene } from '../scene.ts';
import {
  effectiveCount,
  excessShare,
  jumpSignal,
  marksSignal,
  massSignal,
  ramp,
  samplesSignal,
  sendersSignal,
} from '../signals.ts';
import type { Mark, Signal } from '../signals.ts';
import { spoofingOf } from '../spoofing.ts';
import type { Condition, Seen, Traffic } from '../traffic.ts';

const name = 'UDP';
/** DNS answers are dns_amplification's to judge. */
const isUdp = ({ packet }: Seen): boolean => packet.protocol === ipProtocol.udp && !isDnsAnswer(packet);

/** So few values are a program's choice. */
const sameLengthsMax = 16;
const samePortsMax = 2;
/** Ports that peers of an ordinary host answer from: QUIC, STUN, IPsec behind NAT, WireGuard. */
const answeringPorts: ReadonlySet<number> = new Set([443, 3478, 4500, 51_820]);
/** Enough of quiet traffic to say that a rule spares it. */
const quietSamplesMin = 50;
const sparedShareMax = 0.005;

type Ranges = Required<Pick<TrafficMatch, 'packetLengths' | 'sourcePorts' | 'destinationPorts'>>;

function wordsOf({ packetLengths, sourcePorts, destinationPorts }: Ranges): string[] {
  const range =
    (what: string) =>
    (one: { from: number; to: number }): string =>
      `${what} ${one.from}${one.to === one.from ? '' : `–${one.to}`}`;
  return [
    ...packetLengths.map(range('length')),
    ...sourcePorts.map(range('source port')),
    ...destinationPorts.map(range('destination port')),
  ];
}

function isSpared({ quiet }: Scene, hits: Condition): boolean {
  const collateral = measure(quiet.seen, hits)?.worst.share;
  return collateral !== undefined && collateral <= sparedShareMax && quiet.seen.length >= quietSamplesMin;
}

/** A rule that hits less of the excess than this is about a part of it. */
const coverageFull = 0.85;

/** How alike the packets are, in what a rule can name. */
function samenessMark(scene: Scene, now: Traffic, { match, hits }: Narrowed): Mark {
  const { packetLengths = [], destinationPorts = [] } = match;
  const isAnswer = match.sourcePorts?.some(({ from }) => answeringPorts.has(from)) === true;
  const sourcePorts = isAnswer ? [] : (match.sourcePorts ?? []);
  const sameLength = packetLengths.length > 0 && widthOf(packetLengths) <= sameLengthsMax;
  const samePort = sourcePorts.length > 0 && widthOf(sourcePorts) <= samePortsMax;
  const words = wordsOf({ packetLengths, sourcePorts, destinationPorts });
  if (words.length === 0) return { strength: 0, reason: '' };
  const part = ramp(excessShare(now.seen, hits), 0.5, coverageFull);
  const strong = destinationPorts.length > 0 ? 0.98 : 0.92;
  if (sameLength || samePort) return { strength: strong * part, reason: `all alike: ${words.join(', ')}` };
  const spared = isSpared(scene, hits);
  const reason = `somewhat alike: ${words.join(', ')}${spared ? '; quiet traffic has nothing of the kind' : ''}`;
  return { strength: spared ? 0.62 : 0.25, reason };
}

const emptyShareMin = 0.9;
const sameContentMin = 0.6;

/** Few senders are what a transfer has; datagrams that carry nothing are none, and the same ones again hardly. */
function transferSignal(now: Traffic, content: Mark): Signal {
  const empty = excessShare(now.seen, ({ packet, length }) => payloadBytes(packet, length) === 0);
  if (empty >= emptyShareMin) return { factor: 1, reason: 'they carry nothing' };
  return sendersSignal(now, content.strength >= sameContentMin ? 0.75 : undefined);
}

const certain = 0.9;

/** The same bytes in all of them, that quiet datagrams do not have. */
function contentMark({ destination }: Scene, { now, quiet }: Members): Mark {
  if (quiet.seen.length < quietSamplesMin) return { strength: 0, reason: '' };
  const [best] = payloadSignatures(now, quiet);
  if (best === undefined) return { strength: 0, reason: '' };
  const { hits } = narrowed({ destination, payload: best });
  const usual = excessShare(quiet.seen, hits);
  return { strength: 0.7 * ramp(usual, 0.2, 0.01), reason: `all carry the bytes ${best.bytes}` };
}

/** Ports that no quiet datagram went to, and many of them: nobody listens there. */
function closedPortsMark({ now, quiet }: Members): Mark {
  if (quiet.seen.length < quietSamplesMin) return { strength: 0, reason: '' };
  const used = new Set(quiet.seen.map(({ packet }) => packet.destinationPort));
  const unused = excessShare(now.seen, ({ packet }) => !used.has(packet.destinationPort));
  const ports = effectiveCount(now.seen, ({ packet }) => packet.destinationPort ?? -1);
  const spread = effectiveCount(quiet.seen, ({ packet }) => packet.destinationPort ?? -1) / quiet.seen.length;
  return {
    strength: 0.4 * ramp(unused, 0.8, 0.95) * ramp(ports, 20, 60) * ramp(spread, 0.5, 0.2),
    reason: `they go to ${ports.toFixed(0)} and more ports that nothing used before`,
  };
}

export const udpFlood: Family = {
  name: 'udp_flood',
  counter: 'udpPackets',
  isMember: isUdp,
  judge(scene, members) {
    const { now, quiet } = members;
    const mass = massSignal(scene, name, now);
    if (mass.factor === 0) return null;
    const spoofing = spoofingOf(now, quiet);
    const base = { destination: scene.destination, protocol: ipProtocol.udp };
    const chosen = narrow(scene, { base, now, quiet });
    const sameness = samenessMark(scene, now, chosen);
    // Reading every payload is worth its time only where headers leave doubt.
    const content = sameness.strength < certain ? contentMark(scene, members) : { strength: 0, reason: '' };
    const marks = [sameness, spoofMark(spoofing), content, closedPortsMark(members)];
    const { confidence, reasons } = weigh([
      mass,
      marksSignal(marks, 0.3),
      transferSignal(now, content),
      applicationSignal(now, spoofing),
      jumpSignal(scene, name, members),
      samplesSignal(now),
    ]);
    const { likelihood } = spoofing;
    const { why, ...answer } = answerOf(scene, members, {
      base,
      spoofed: likelihood,
      isMember: isUdp,
      narrowing: () => chosen,
    });
    return { confidence, reasons: [...reasons, ...why], spoofed: likelihood, ...answer };
  },
};
