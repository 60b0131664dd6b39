/**
 * Connection flood: handshakes that are completed, and then nothing. Its requests are those of real systems, and each is
 * followed by one acknowledgement; clients go on and ask for something. Sources are real, since they saw the answer.
 *
 * No header tells such a connection from a client's. Where few machines open them the rule names their addresses; else
 * a rate limit on requests is what is left.
 */
import { connectionRequest, ipProtocol } from '../../packet/index.ts';
import { answerOf } from '../answer.ts';
import { weigh } from '../family.ts';
import type { Family } from '../family.ts';
import { excessShare, heavyValues, jumpSignal, massSignal, ramp, samplesSignal } from '../signals.ts';
import type { Members, Scene } from '../scene.ts';
import { spoofingOf } from '../spoofing.ts';
import { carriesData, excessOfKind, isKind } from '../tcp.ts';
import { both, excessPerSecond, partOf } from '../traffic.ts';
import type { Condition, Seen } from '../traffic.ts';

const title = 'connections that ask for nothing';
const isRequest = isKind('syn');
const isMember = isKind('syn', 'ack', 'fin', 'rst');
const isBare = (seen: Seen): boolean => seen.kind === 'ack' && !carriesData(seen);

/** Acknowledgements for each request: one completes a handshake, two with what ends the connection. */
const acksMin = 0.4;
const acksMax = 3;
/** Clients send a question as soon as they acknowledged: at least one packet with data for each of those. */
const dataMax = 0.06;
/** A handshake and a first question take two round trips from where a crowd begins; before that it looks the same. */
const answerMs = 350;
/** Requests that are a smaller part of the excess are not what it is about. */
const requestShareMin = 0.15;

/** What came with the requests, to the ports that they are for: other connections of the host say nothing of these. */
interface Handshakes {
  /** Acknowledgements for each request. */
  readonly acks: number;
  /** Packets with a question for each of those. */
  readonly data: number;
}

const portShareMin = 0.05;

function handshakesOf(scene: Scene): Handshakes {
  const requests = partOf(scene.now, isRequest);
  const ports = heavyValues(requests.seen, ({ packet }) => packet.destinationPort, portShareMin);
  const isAsked: Condition = ({ packet }) =>
    ports.length === 0 || ports.includes(packet.destinationPort ?? -1);
  const acks = excessOfKind(scene, both(isBare, isAsked));
  return {
    acks: acks / Math.max(excessPerSecond(requests), scene.now.scale),
    data: excessOfKind(scene, both(carriesData, isAsked)) / Math.max(acks, scene.now.scale),
  };
}

function isHandshakes(scene: Scene, { now }: Members, { acks, data }: Handshakes): boolean {
  if (scene.ageMs < answerMs) return false;
  const requests = excessOfKind(scene, isRequest);
  if (requests === 0 || requests < requestShareMin * now.excess * now.scale) return false;
  return acks >= acksMin && acks <= acksMax && data <= dataMax;
}

export const tcpConnectionFlood: Family = {
  name: 'tcp_connection_flood',
  isJoint: true,
  counter: 'tcpSyn',
  isMember,
  judge(scene, members) {
    const handshakes = handshakesOf(scene);
    if (!isHandshakes(scene, members, handshakes)) return null;
    const { acks, data } = handshakes;
    const mass = massSignal(scene, title, members.now);
    const requests = partOf(members.now, isRequest);
    const { likelihood } = spoofingOf(requests, partOf(members.quiet, isRequest));
    const withOptions = excessShare(requests.seen, ({ packet }) => packet.tcpHasOptions);
    const signals = [
      mass,
      { factor: ramp(withOptions, 0.3, 0.8), reason: '' },
      { factor: ramp(likelihood, 0.7, 0.4), reason: '' },
      {
        factor: 0.6 + 0.36 * ramp(data, dataMax, 0.02),
        reason: `for each request ${acks.toFixed(1)} acknowledgements, and for each of those ${data.toFixed(2)} packets with a question`,
      },
      jumpSignal(scene, title, { ...members, now: requests, quiet: partOf(members.quiet, isRequest) }),
      samplesSignal(requests),
    ];
    const { confidence, reasons } = weigh(signals);
    const base = { destination: scene.destination, protocol: ipProtocol.tcp };
    const { why, ...answer } = answerOf(scene, members, { base, spoofed: likelihood, isMember });
    if (answer.match !== null) return { confidence, reasons, spoofed: likelihood, ...answer };
    const limit = { ...(answer.limit ?? base), tcpFlags: connectionRequest };
    return {
      confidence,
      reasons: [...reasons, ...why],
      spoofed: likelihood,
      ...answer,
      answer: 'limit',
      limit,
    };
  },
};
