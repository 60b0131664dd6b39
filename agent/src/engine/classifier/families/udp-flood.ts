/**
 * UDP flood: datagrams from everywhere, made by a program. What gives them away is sameness: one length or one source
 * port among senders that have nothing else in common. Volume alone never does: a crowd of players, callers or QUIC
 * users is volume, too.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import { ipProtocol, isDnsAnswer } from '../../packet/index.ts';
import { collateralOf } from '../collateral.ts';
import { weigh } from '../family.ts';
import type { Family } from '../family.ts';
import { narrow } from '../narrow.ts';
import { widthOf } from '../ranges.ts';
import { partOf } from '../scene.ts';
import type { Condition, Scene, Seen } from '../scene.ts';
import { flowsSignal, jumpSignal, massSignal, samplesSignal } from '../signals.ts';
import type { Signal } from '../signals.ts';

const name = 'UDP';
/** DNS answers are dns_amplification's to judge. */
const isUdp = ({ packet }: Seen): boolean => packet.protocol === ipProtocol.udp && !isDnsAnswer(packet);

/** So few values are a program's choice. */
const sameLengthsMax = 16;
const samePortsMax = 16;
/** Enough of quiet traffic to say that a rule spares it. */
const quietSamplesMin = 50;
const sparedShareMax = 0.005;

function signatureSignal(scene: Scene, match: TrafficMatch, hits: Condition): Signal {
  const { packetLengths = [], sourcePorts = [], destinationPorts = [] } = match;
  const sameLength = packetLengths.length > 0 && widthOf(packetLengths) <= sameLengthsMax;
  const samePort = sourcePorts.length > 0 && widthOf(sourcePorts) <= samePortsMax;
  const isAimed = destinationPorts.length > 0;
  const words = [
    ...packetLengths.map(({ from, to }) => `length ${from}${to === from ? '' : `–${to}`}`),
    ...sourcePorts.map(({ from, to }) => `source port ${from}${to === from ? '' : `–${to}`}`),
    ...destinationPorts.map(({ from, to }) => `destination port ${from}${to === from ? '' : `–${to}`}`),
  ];
  const collateral = collateralOf(scene.quiet, hits);
  const isSpared =
    collateral !== null && collateral <= sparedShareMax && scene.quiet.seen.length >= quietSamplesMin;
  if (words.length === 0) return { factor: 0.3, reason: 'no length and no port stands out' };
  if (sameLength || samePort)
    return { factor: isAimed ? 0.97 : 0.93, reason: `all alike: ${words.join(', ')}` };
  const reason = `somewhat alike: ${words.join(', ')}${isSpared ? '; quiet traffic has nothing of the kind' : ''}`;
  return { factor: isSpared ? 0.75 : 0.5, reason };
}

export const udpFlood: Family = {
  name: 'udp_flood',
  counter: 'udpPackets',
  isCounted: ({ packet }) => packet.protocol === ipProtocol.udp,
  judge(scene) {
    const datagrams = partOf(scene.now, isUdp);
    if (datagrams.seen.length === 0) return null;
    const mass = massSignal(scene, name, isUdp);
    if (mass.factor === 0) return null;
    const destination = `${scene.target}/${scene.isIpv4 ? 32 : 128}`;
    const { match, hits } = narrow(scene, { destination, protocol: ipProtocol.udp }, isUdp);
    const signals = [
      mass,
      signatureSignal(scene, match, hits),
      flowsSignal(datagrams),
      jumpSignal(scene, name, isUdp),
      samplesSignal(datagrams),
    ];
    return { ...weigh(signals), match, claims: hits };
  },
};
