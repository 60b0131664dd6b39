/** What a rule would take from legitimate traffic, told from packets of quiet times. */
import { dnsPort, ipProtocol, tcpFlag } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import { weightOf } from './scene.ts';
import type { Condition, Traffic } from './scene.ts';

/** Fewer samples say nothing of a class of their own. */
const classSamplesMin = 8;

/**
 * Share of the quiet packets that a rule hits, 0 to 1: of all of them, or of the class that it hits hardest, whichever
 * is more. Connection requests and DNS answers are few among all packets, and a service is dead without them.
 * Null without quiet samples.
 */
export function collateralOf({ seen, weight }: Traffic, hits: Condition): number | null {
  if (weight === 0) return null;
  const names = new Set(seen.map(({ packet }) => classOf(packet)));
  const classes = [...names].map((name) => seen.filter(({ packet }) => classOf(packet) === name));
  const large = classes.filter((members) => members.length >= classSamplesMin);
  return Math.max(...[seen, ...large].map((members) => weightOf(members.filter(hits)) / weightOf(members)));
}

function classOf({ protocol, tcpFlags, sourcePort }: Packet): string {
  if (protocol === ipProtocol.tcp) {
    return ((tcpFlags ?? 0) & (tcpFlag.syn | tcpFlag.ack)) === tcpFlag.syn ? 'connection requests' : 'tcp';
  }
  if (protocol === ipProtocol.udp) return sourcePort === dnsPort ? 'dns answers' : 'udp';
  return `protocol ${protocol}`;
}
