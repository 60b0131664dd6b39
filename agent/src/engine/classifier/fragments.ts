/** Fragments in whole sets, as real packets make them, or not. */
import { payloadOf } from '../packet/index.ts';
import { commonest, effectiveCount, excessShare, percent, sendersSignal } from './signals.ts';
import type { Signal } from './signals.ts';
import type { Seen, Traffic } from './traffic.ts';

/** Of fragments that belong together one in 44 is the first, or more; less is a flood of pieces. */
const firstShareMin = 1 / 44;

/** Whole sets may be a transfer between few machines; pieces of nothing are none, whoever sends them. */
export function setsSignal({ seen }: Traffic): Signal {
  const first = excessShare(seen, isFirst);
  const arePieces = first < firstShareMin || first > 1 - firstShareMin;
  if (arePieces)
    return { factor: 1, reason: `${percent(first)} of them are first fragments: they are pieces of nothing` };
  const begun = seen.filter(isFirst);
  return aimlessSignal(begun) ?? sendersSignal({ seen });
}

const isFirst = ({ packet }: Seen): boolean => packet.fragment === 'first';

/** A transfer goes to the port that it was agreed on, and carries something else in every datagram. */
const portsOfTransfer = 8;
const firstSamplesMin = 8;
const sameShareMin = 0.9;
/** Past what protocols begin their datagrams with. */
const contents = [32, 48] as const;

/**
 * Clients of these send no fragments: questions to DNS and NTP are short (RFC 1035, section 2.3.4; RFC 5905, section 7.3),
 * QUIC forbids them (RFC 9000, section 14), and games on Valve's Source engine split what is longer themselves.
 */
const wholeServices = new Set([53, 80, 123, 443]);
const sourceEngine = { from: 27015, to: 27050 };
const isWholeService = (port: number): boolean =>
  wholeServices.has(port) || (port >= sourceEngine.from && port <= sourceEngine.to);

function aimlessSignal(begun: readonly Seen[]): Signal | null {
  if (begun.length < firstSamplesMin) return null;
  const ports = effectiveCount(begun, ({ packet }) => packet.destinationPort ?? -1);
  if (ports >= portsOfTransfer)
    return { factor: 1, reason: `whole datagrams to ports as diverse as ${ports.toFixed(0)} equal ones` };
  const whole = excessShare(begun, ({ packet }) => isWholeService(packet.destinationPort ?? -1));
  if (whole >= sameShareMin)
    return {
      factor: 1,
      reason: 'datagrams longer than a packet, to a service whose clients never send such',
    };
  const same = commonest(begun, ({ packet }) => {
    const bytes = payloadOf(packet).subarray(...contents);
    return bytes.length === contents[1] - contents[0] ? bytes.join() : null;
  });
  if (same === null || same.share < sameShareMin) return null;
  return { factor: 1, reason: 'whole datagrams that carry the same again and again' };
}
