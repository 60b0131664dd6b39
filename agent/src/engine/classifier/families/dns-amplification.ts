/**
 * DNS amplification: answers that nobody asked for, large ones, reflected off open resolvers. They come from source
 * port 53; that they are answers can be seen, that nobody asked only follows from how many there are.
 */
import { dnsPort, ipProtocol, isDnsAnswer } from '../../packet/index.ts';
import { weigh } from '../family.ts';
import type { Family } from '../family.ts';
import { narrow } from '../narrow.ts';
import { partOf, weightOf } from '../scene.ts';
import type { Seen, Traffic } from '../scene.ts';
import { jumpSignal, massSignal, percent, ramp, samplesSignal } from '../signals.ts';
import type { Signal } from '../signals.ts';

const name = 'UDP from source port 53';
const isFromDns = ({ packet }: Seen): boolean => packet.protocol === ipProtocol.udp && packet.sourcePort === dnsPort;

/** Answers that a host asked for are mostly short; an amplifier is chosen for its long ones. */
function sizeSignal({ seen, weight }: Traffic): Signal {
  const mean = seen.reduce((sum, one) => sum + one.weight * one.length, 0) / weight;
  return { factor: 0.3 + 0.7 * ramp(mean, 200, 500), reason: `${mean.toFixed(0)} bytes in the mean` };
}

function answerSignal({ seen, weight }: Traffic): Signal {
  const share = weightOf(seen.filter(({ packet }) => isDnsAnswer(packet))) / weight;
  return { factor: 0.4 + 0.58 * ramp(share, 0.5, 0.9), reason: `${percent(share)} of them are DNS answers` };
}

export const dnsAmplification: Family = {
  name: 'dns_amplification',
  counter: 'udpDnsPackets',
  isCounted: isFromDns,
  judge(scene) {
    const answers = partOf(scene.now, isFromDns);
    if (answers.seen.length === 0) return null;
    const mass = massSignal(scene, name, isFromDns);
    if (mass.factor === 0) return null;
    const base = { destination: `${scene.target}/${scene.isIpv4 ? 32 : 128}`, protocol: ipProtocol.udp };
    const { match, hits } = narrow(scene, { ...base, sourcePorts: [{ from: dnsPort, to: dnsPort }] }, isFromDns);
    const signals = [mass, sizeSignal(answers), answerSignal(answers), jumpSignal(scene, name, isFromDns), samplesSignal(answers)];
    return { ...weigh(signals), match, claims: hits };
  },
};
