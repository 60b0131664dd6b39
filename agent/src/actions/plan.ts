/** What no backend can express, or would never match, decided before anything is touched. */
import { readCidr, type PortRange, type TrafficMatch } from '@tidegate/schemas';
import type { PlanRefusal, RuleRequest } from './backend.ts';

const tcp = 6;
const udp = 17;
/** Longest TTL that is taken, ms: 30 days. */
const ttlMsMax = 30 * 24 * 3600 * 1000;

/** Null: the rule can be installed. */
export function planRule(rule: RuleRequest): PlanRefusal | null {
  const reason = firstFault(rule);
  return reason === null ? null : { code: 'TG2002', reason };
}

function firstFault(rule: RuleRequest): string | null {
  const { id, match, ttlMs } = rule;
  if (!/^mit-[0-9a-f]{16}$/.test(id)) return `id "${id}" is not mit- and 16 hexadecimal digits`;
  if (!Number.isFinite(ttlMs) || ttlMs < 1 || ttlMs > ttlMsMax) {
    return `ttlMs ${ttlMs} is not between 1 and ${ttlMsMax}`;
  }
  return (
    prefixFault(match) ??
    protocolFault(match) ??
    rangesFault(match) ??
    payloadFault(match) ??
    verdictFault(rule)
  );
}

function prefixFault({ destination, source }: TrafficMatch): string | null {
  const to = readCidr(destination);
  if (!to.ok) return `destination: ${to.message}`;
  if (source === undefined) return null;
  const from = readCidr(source);
  if (!from.ok) return `source: ${from.message}`;
  if (from.value.family !== to.value.family) {
    return `source ${source} and destination ${destination} are of different IP versions`;
  }
  return null;
}

function protocolFault(match: TrafficMatch): string | null {
  const { protocol, sourcePorts, destinationPorts, tcpFlags } = match;
  const hasPorts = sourcePorts !== undefined || destinationPorts !== undefined;
  if (hasPorts && protocol !== undefined && protocol !== tcp && protocol !== udp) {
    return `protocol ${protocol} has no ports`;
  }
  if (tcpFlags === undefined) return null;
  if (protocol !== tcp) return 'tcpFlags need protocol 6';
  if ((tcpFlags.value & ~tcpFlags.mask) !== 0) {
    return `tcpFlags value ${tcpFlags.value} has bits outside of mask ${tcpFlags.mask}`;
  }
  return null;
}

function rangesFault(match: TrafficMatch): string | null {
  const { sourcePorts, destinationPorts, packetLengths } = match;
  const hopLimits = match.hopLimits === undefined ? undefined : [match.hopLimits];
  for (const [name, ranges] of Object.entries({ sourcePorts, destinationPorts, packetLengths, hopLimits })) {
    const reversed = ranges?.find((range: PortRange) => range.from > range.to);
    if (reversed !== undefined) return `${name}: ${reversed.from} is above ${reversed.to}`;
  }
  return null;
}

function payloadFault({ payload, protocol, fragment }: TrafficMatch): string | null {
  if (payload === undefined) return null;
  if (protocol !== tcp && protocol !== udp) return 'payload needs protocol 6 or 17';
  if (fragment === true) return 'payload and fragments exclude each other: only the first has a header';
  if (payload.mask !== undefined && payload.mask.length !== payload.bytes.length)
    return `payload has ${payload.bytes.length / 2} bytes and a mask of ${payload.mask.length / 2}`;
  return null;
}

function verdictFault({ verdict, match, limit }: RuleRequest): string | null {
  if (verdict === 'limit' && (limit === undefined || !(limit.perSecond > 0)))
    return 'a limit needs a rate above 0';
  if (verdict !== 'limit' && limit !== undefined) return `a rule that is to ${verdict} has no rate`;
  if (verdict !== 'synproxy') return null;
  if (match.protocol !== tcp) return 'synproxy needs protocol 6';
  if (match.tcpFlags !== undefined) return 'synproxy finds SYNs by itself: leave tcpFlags out';
  return null;
}
