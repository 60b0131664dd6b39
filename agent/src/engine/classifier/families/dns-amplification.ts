/**
 * DNS amplification: answers that nobody asked for, large ones, reflected off open resolvers. They come from source
 * port 53; that they are answers can be seen, that nobody asked only follows from how many there are.
 */
import { dnsPort, ipProtocol, isDnsAnswer } from '../../packet/index.ts';
import { weigh } from '../family.ts';
import type { Family } from '../family.ts';
import { narrow } from '../narrow.ts';
import type { Range } from '../ranges.ts';
import { partOf, weightOf } from '../scene.ts';
import type { Seen, Traffic } from '../scene.ts';
import { jumpSignal, massSignal, percent, ramp, samplesSignal } from '../signals.ts';
import type { Signal } from '../signals.ts';

const name = 'UDP from source port 53';
const lengthMax = 65_535;
/** Of the answers in quiet times, so few may be as long. */
const quietShareMax = 0.005;
const isFromDns = ({ packet }: Seen): boolean =>
  packet.protocol === ipProtocol.udp && packet.sourcePort === dnsPort;

/** Answers that a host asked for are mostly short; an amplifier is chosen for its long ones. */
function sizeSignal({ seen, weight }: Traffic): Signal {
  const mean = seen.reduce((sum, one) => sum + one.weight * one.length, 0) / weight;
  return { factor: 0.3 + 0.7 * ramp(mean, 200, 500), reason: `${mean.toFixed(0)} bytes in the mean` };
}

function answerSignal({ seen, weight }: Traffic): Signal {
  const share = weightOf(seen.filter(({ packet }) => isDnsAnswer(packet))) / weight;
  return { factor: 0.4 + 0.58 * ramp(share, 0.5, 0.9), reason: `${percent(share)} of them are DNS answers` };
}

/** How far below the attack's shortest answers a rule begins: as far as quiet answers allow. */
const reaches = [0.75, 0.9, 1];
const strayShare = 0.01;

/**
 * Long answers, whatever their exact length: amplifiers differ, attackers change their question every few
 * milliseconds, and a host that asked can ask again with a smaller buffer (RFC 6891, section 6.2.5).
 */
function longAnswers(answers: Traffic, quiet: Traffic): Range {
  const sorted = [...answers.seen].sort((a, b) => a.length - b.length);
  let stray = strayShare * answers.weight;
  const shortest = sorted.find(({ weight }) => (stray -= weight) < 0)?.length ?? lengthMax;
  const spares = (from: number): boolean =>
    weightOf(quiet.seen.filter(({ length }) => length >= from)) <= quietShareMax * quiet.weight;
  const reach = reaches.find((factor) => spares(Math.floor(shortest * factor))) ?? 1;
  return { from: Math.floor(shortest * reach), to: lengthMax };
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
    const base = {
      destination: `${scene.target}/${scene.isIpv4 ? 32 : 128}`,
      protocol: ipProtocol.udp,
      sourcePorts: [{ from: dnsPort, to: dnsPort }],
      packetLengths: [longAnswers(answers, partOf(scene.quiet, isFromDns))],
    };
    const { match, hits } = narrow(scene, base, isFromDns);
    const signals = [
      mass,
      sizeSignal(answers),
      answerSignal(answers),
      jumpSignal(scene, name, isFromDns),
      samplesSignal(answers),
    ];
    return { ...weigh(signals), match, claims: hits };
  },
};
