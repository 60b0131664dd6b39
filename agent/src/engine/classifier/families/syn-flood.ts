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
import { weigh } from '../family.ts';
import type { Family } from '../family.ts';
import { narrow } from '../narrow.ts';
import { widthOf } from '../ranges.ts';
import { excessOf, partOf, weightOf } from '../scene.ts';
import type { Scene, Seen, Traffic } from '../scene.ts';
import { jumpSignal, massSignal, percent, ramp, samplesSignal } from '../signals.ts';
import type { Signal } from '../signals.ts';

const name = 'connection requests';
const isTcp = ({ packet }: Seen): boolean => packet.protocol === ipProtocol.tcp;
const isRequest = ({ packet }: Seen): boolean =>
  packet.tcpFlags !== null && (packet.tcpFlags & flags.mask) === flags.value;
const isOtherTcp = (seen: Seen): boolean => isTcp(seen) && !isRequest(seen);

/** Requests of real clients: 8 to 24 bytes of options, up to 40 with a Fast Open cookie (RFC 7413). */
const clientOptionBytes = { from: 8, to: 40 };
/** A rule on so few source ports takes next to nothing of clients, which draw theirs from tens of thousands. */
const sourcePortsMax = 64;

/** Real clients go on: at the least, they acknowledge and send a request. */
function completionSignal(scene: Scene): Signal {
  const requests = excessOf(scene, isRequest);
  const others = requests === 0 ? 0 : excessOf(scene, isOtherTcp) / requests;
  return {
    factor: ramp(others, 2, 0.5),
    reason: `${others.toFixed(2)} further TCP packets for each of them`,
  };
}

function optionsSignal({ seen, weight }: Traffic): Signal {
  const bare = weightOf(seen.filter(({ packet }) => !packet.tcpHasOptions)) / weight;
  return { factor: 0.9 + 0.08 * bare, reason: `${percent(bare)} of them carry no TCP options` };
}

/** Ports that a SYN proxy is told at most; each must have this share of the requests, and all together most of them. */
const proxyPortsMax = 8;
const portShareMin = 0.05;
const proxyShareMin = 0.8;

/** Connections to the ports of the flood, the most frequent ones; null where it is spread too wide. */
function proxyFor(destination: string, { seen, weight }: Traffic): TrafficMatch | null {
  const weights = new Map<number, number>();
  for (const one of seen) {
    const port = one.packet.destinationPort;
    if (port !== null) weights.set(port, (weights.get(port) ?? 0) + one.weight);
  }
  const ports = [...weights]
    .filter(([, sum]) => sum >= weight * portShareMin)
    .sort((a, b) => b[1] - a[1])
    .slice(0, proxyPortsMax);
  if (ports.reduce((sum, [, part]) => sum + part, 0) < weight * proxyShareMin) return null;
  const destinationPorts = ports.map(([port]) => ({ from: port, to: port })).sort((a, b) => a.from - b.from);
  return { destination, protocol: ipProtocol.tcp, destinationPorts };
}

function sparesClients(match: TrafficMatch, isIpv4: boolean): boolean {
  if (match.sourcePorts !== undefined && widthOf(match.sourcePorts) <= sourcePortsMax) return true;
  const bareLength = (isIpv4 ? 20 : 40) + 20;
  const [shortest, longest] = [bareLength + clientOptionBytes.from, bareLength + clientOptionBytes.to];
  return match.packetLengths?.every(({ from, to }) => to < shortest || from > longest) ?? false;
}

export const synFlood: Family = {
  name: 'syn_flood',
  counter: 'tcpSyn',
  isCounted: isRequest,
  judge(scene) {
    const requests = partOf(scene.now, isRequest);
    if (requests.seen.length === 0) return null;
    const mass = massSignal(scene, name, isRequest);
    if (mass.factor === 0) return null;
    const destination = `${scene.target}/${scene.isIpv4 ? 32 : 128}`;
    const base = { destination, protocol: ipProtocol.tcp, tcpFlags: flags };
    const { match, hits } = narrow(scene, base, isRequest);
    const signals = [
      mass,
      completionSignal(scene),
      optionsSignal(requests),
      jumpSignal(scene, name, isRequest),
      samplesSignal(requests),
    ];
    const { confidence, reasons } = weigh(signals);
    const answer = proxyFor(destination, requests);
    const proxy = answer === null ? {} : { proxy: answer };
    if (sparesClients(match, scene.isIpv4)) return { confidence, reasons, match, ...proxy, claims: hits };
    const noRule =
      'nothing tells them from the requests of real clients, so no rule may drop them: this needs a SYN proxy';
    return { confidence, reasons: [...reasons, noRule], match: null, ...proxy, claims: isRequest };
  },
};
