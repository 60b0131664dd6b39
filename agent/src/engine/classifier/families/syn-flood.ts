/**
 * SYN flood: requests for connections that are never completed. Clients' requests carry options (RFC 9293, section
 * 3.2; RFC 7323) and are followed by acknowledgements; a flood's usually carry none and are followed by nothing.
 *
 * A rule that takes every request to an open port would finish what the attack began (DESIGN.md, rail 7). So there
 * is a rule only where lengths or source ports spare the requests of real clients; else the answer is a SYN proxy, which
 * is told the ports that the flood is for.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import { connectionRequest as flags, ipProtocol } from '../../packet/index.ts';
import { isSparing } from '../collateral/share.ts';
import { weigh } from '../family.ts';
import type { Family, Verdict } from '../family.ts';
import { narrow } from '../narrow.ts';
import { widthOf } from '../ranges.ts';
import type { Members, Scene } from '../scene.ts';
import {
  excessShare,
  heavyValues,
  jumpSignal,
  massSignal,
  percent,
  ramp,
  samplesSignal,
} from '../signals.ts';
import type { Signal } from '../signals.ts';
import { spoofingOf } from '../spoofing.ts';
import type { Spoofing } from '../spoofing.ts';
import { isKind, onPortsOf, perEach } from '../tcp.ts';
import { both } from '../traffic.ts';
import type { Traffic } from '../traffic.ts';

const name = 'connection requests';
const isRequest = isKind('syn');

/** Requests of real clients: 8 to 24 bytes of options, up to 40 with a Fast Open cookie (RFC 7413). */
const clientOptionBytes = { from: 8, to: 40 };
/** A rule on so few source ports takes next to nothing of clients, which draw theirs from tens of thousands. */
const sourcePortsMax = 64;

const bareShare = ({ seen }: Traffic): number => excessShare(seen, ({ packet }) => !packet.tcpHasOptions);

/**
 * Real clients go on: at the least, they acknowledge and send a request, though a crowd is a round trip behind. Requests
 * that no client sends, or whose sources are made up, are completed by nobody, whatever else arrives.
 */
function completionSignal(scene: Scene, { now }: Members, { likelihood }: Spoofing): Signal {
  const others = perEach(scene, both(isKind('ack', 'fin'), onPortsOf(scene, isRequest)), isRequest);
  const isNobodys = Math.max(ramp(bareShare(now), 0.6, 0.95), ramp(likelihood, 0.5, 0.9));
  return {
    factor: Math.max(ramp(others, 0.8, 0.3), isNobodys),
    reason: `${others.toFixed(2)} further TCP packets for each of them`,
  };
}

/** A round trip to anywhere, and the time that clients take to answer: before it is over nothing can be said. */
const answerMs = 250;

function identitySignal({ ageMs }: Scene, { now }: Members, { likelihood, reason }: Spoofing): Signal {
  const bare = bareShare(now);
  const isNobodys = Math.max(ramp(bare, 0.3, 0.8), ramp(likelihood, 0.35, 0.7));
  const sure = 0.9 + 0.08 * Math.max(bare, likelihood);
  const words = [`${percent(bare)} of them carry no TCP options`, ...(reason === '' ? [] : [reason])];
  if (isNobodys >= 0.5 || ageMs >= answerMs) return { factor: sure, reason: words.join('; ') };
  words.push('they look like requests of clients, and an answer takes a round trip');
  return { factor: 0.5 + 0.4 * isNobodys, reason: words.join('; ') };
}

/** Ports that a SYN proxy is told at most; each must have this share of the requests, and all together most of them. */
const proxyPortsMax = 8;
const portShareMin = 0.05;
const proxyShareMin = 0.8;

/** Connections to the ports of the flood, the most frequent ones; null where it is spread too wide. */
function proxyFor(destination: string, { seen }: Traffic): TrafficMatch | null {
  const ports = heavyValues(seen, ({ packet }) => packet.destinationPort, portShareMin).slice(
    0,
    proxyPortsMax,
  );
  const told = excessShare(seen, ({ packet }) => ports.includes(packet.destinationPort ?? -1));
  if (told < proxyShareMin) return null;
  const destinationPorts = ports.sort((a, b) => a - b).map((port) => ({ from: port, to: port }));
  return { destination, protocol: ipProtocol.tcp, destinationPorts };
}

/** Whether a rule spares clients by what it names, or by what was seen of them. */
function sparesClients(
  { isIpv4, quiet }: Scene,
  requests: Traffic,
  match: TrafficMatch,
  hits: Verdict['claims'],
): boolean {
  if (match.sourcePorts !== undefined && widthOf(match.sourcePorts) <= sourcePortsMax) return true;
  const bareLength = (isIpv4 ? 20 : 40) + 20;
  const [shortest, longest] = [bareLength + clientOptionBytes.from, bareLength + clientOptionBytes.to];
  if (match.packetLengths?.every(({ from, to }) => to < shortest || from > longest) === true) return true;
  const isNarrow = match.hopLimits !== undefined || match.payload !== undefined;
  return isNarrow && requests.seen.length >= quietRequestsMin && isSparing(quiet.seen, hits);
}

/** So many requests of clients must have been seen before a rule may be measured on them. */
const quietRequestsMin = 30;

const noRule =
  'nothing tells them from the requests of real clients, so no rule may drop them: this needs a SYN proxy';

export const synFlood: Family = {
  name: 'syn_flood',
  counter: 'tcpSyn',
  isMember: isRequest,
  judge(scene, members) {
    const requests = members.now;
    const mass = massSignal(scene, name, requests);
    if (mass.factor === 0) return null;
    const spoofing = spoofingOf(requests, members.quiet);
    const signals = [
      mass,
      completionSignal(scene, members, spoofing),
      identitySignal(scene, members, spoofing),
      jumpSignal(scene, name, members),
      samplesSignal(requests),
    ];
    const { confidence, reasons } = weigh(signals);
    const base = { destination: scene.destination, protocol: ipProtocol.tcp, tcpFlags: flags };
    const { match, hits } = narrow(scene, { base, ...members, isBaseTooWide: true });
    const answer = proxyFor(scene.destination, requests);
    const shared = {
      confidence,
      spoofed: spoofing.likelihood,
      companions: [],
      ...(answer && { proxy: answer }),
    };
    if (sparesClients(scene, members.quiet, match, hits))
      return { ...shared, reasons, answer: 'rule', match, claims: hits };
    return {
      ...shared,
      reasons: [...reasons, noRule],
      answer: answer === null ? 'none' : 'synproxy',
      match: null,
      claims: isRequest,
    };
  },
};
