/** What a rule would take from legitimate traffic, told from packets of quiet times. */
import { dnsPort, ipProtocol, tcpFlag } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import { weightOf } from './scene.ts';
import type { Condition, Seen, Traffic } from './scene.ts';

/** Fewer samples say nothing of a class of their own. */
const classSamplesMin = 8;

/**
 * Share of the quiet packets that a rule hits, 0 to 1: of all of them, or of the class that it hits hardest, whichever
 * is more. Connection requests and DNS answers are few among all packets, and a service is dead without them.
 * Null without quiet samples.
 */
export function collateralOf(quiet: Traffic, hits: Condition): number | null {
  if (quiet.weight === 0) return null;
  const classes = new Map<string, Seen[]>();
  for (const seen of quiet.seen) {
    const name = classOf(seen.packet);
    classes.set(name, [...(classes.get(name) ?? []), seen]);
  }
  const large = [...classes.values()].filter((members) => members.length >= classSamplesMin);
  return Math.max(...[quiet.seen, ...large].map((members) => weightOf(members.filter(hits)) / weightOf(members)));
}

function classOf({ protocol, tcpFlags, sourcePort }: Packet): string {
  if (protocol === ipProtocol.tcp) {
    return ((tcpFlags ?? 0) & (tcpFlag.syn | tcpFlag.ack)) === tcpFlag.syn ? 'connection requests' : 'tcp';
  }
  if (protocol === ipProtocol.udp) return sourcePort === dnsPort ? 'dns answers' : 'udp';
  return `protocol ${protocol}`;
}
