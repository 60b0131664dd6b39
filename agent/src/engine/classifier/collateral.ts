/** What a rule would take from legitimate traffic, told from packets of quiet times. */
import { dnsPort, ipProtocol, tcpFlag } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import { weightOf } from './scene.ts';
import type { Condition, Traffic } from './scene.ts';

/** Fewer samples say nothing of a class of their own. */
const classSamplesMin = 8;

const isRequest = ({ tcpFlags }: Packet): boolean =>
  ((tcpFlags ?? 0) & (tcpFlag.syn | tcpFlag.ack)) === tcpFlag.syn;

/**
 * Port scanners send requests without a single TCP option, and reach every address all the time; no client does, since
 * every system announces at least its segment size (RFC 9293, section 3.7.1).
 */
const isScan: Condition = ({ packet }) => isRequest(packet) && !packet.tcpHasOptions;

/**
 * Share of the quiet packets that a rule hits, 0 to 1: of all of them, or of the class that it hits hardest, whichever
 * is more. Connection requests and DNS answers are few among all packets, and a service is dead without them.
 * Null without quiet samples.
 */
export function collateralOf(quiet: Traffic, hits: Condition): number | null {
  const seen = quiet.seen.filter((one) => !isScan(one));
  if (seen.length === 0) return null;
  const names = new Set(seen.map(({ packet }) => classOf(packet)));
  const classes = [...names].map((name) => seen.filter(({ packet }) => classOf(packet) === name));
  const large = classes.filter((members) => members.length >= classSamplesMin);
  return Math.max(...[seen, ...large].map((members) => weightOf(members.filter(hits)) / weightOf(members)));
}

function classOf(packet: Packet): string {
  const { protocol, sourcePort } = packet;
  if (protocol === ipProtocol.tcp) return isRequest(packet) ? 'connection requests' : 'tcp';
  if (protocol === ipProtocol.udp) return sourcePort === dnsPort ? 'dns answers' : 'udp';
  return `protocol ${protocol}`;
}
