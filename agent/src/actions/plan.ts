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

function firstFault({ id, match, ttlMs }: RuleRequest): string | null {
  if (!/^mit-[0-9a-f]{16}$/.test(id)) return `id "${id}" is not mit- and 16 hexadecimal digits`;
  if (!Number.isFinite(ttlMs) || ttlMs < 1 || ttlMs > ttlMsMax) {
    return `ttlMs ${ttlMs} is not between 1 and ${ttlMsMax}`;
  }
  return prefixFault(match) ?? protocolFault(match) ?? rangesFault(match);
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

function rangesFault({ sourcePorts, destinationPorts, packetLengths }: TrafficMatch): string | null {
  for (const [name, ranges] of Object.entries({ sourcePorts, destinationPorts, packetLengths })) {
    const reversed = ranges?.find((range: PortRange) => range.from > range.to);
    if (reversed !== undefined) return `${name}: ${reversed.from} is above ${reversed.to}`;
  }
  return null;
}
