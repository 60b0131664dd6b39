/** From what an attack is stopped by on the server to what a router can be told. */
import { parseCidr } from '../net/cidr.ts';
import type { TrafficMatch } from '../shapes/index.ts';
import { flowspecFragment } from './rule.ts';
import type { FlowspecMatch } from './rule.ts';

/**
 * Components for neither hop limits nor payloads exist (RFC 8955, section 4.2.2): they must have been left out before, and
 * what the rule then hits been judged.
 */
export function flowspecMatch(match: Omit<TrafficMatch, 'hopLimits' | 'payload'>): FlowspecMatch {
  const { destination, source, protocol, destinationPorts, sourcePorts, tcpFlags, packetLengths, fragment } =
    match;
  const { isFragment } = flowspecFragment;
  const target = parseCidr(destination);
  return {
    family: target.family,
    destination: target.text,
    ...(source === undefined ? {} : { source: parseCidr(source).text }),
    ...(protocol === undefined ? {} : { protocols: [{ from: protocol, to: protocol }] }),
    ...(destinationPorts === undefined ? {} : { destinationPorts }),
    ...(sourcePorts === undefined ? {} : { sourcePorts }),
    ...(tcpFlags === undefined
      ? {}
      : { tcpFlags: [{ mask: tcpFlags.mask, value: tcpFlags.value & tcpFlags.mask }] }),
    ...(packetLengths === undefined ? {} : { packetLengths }),
    ...(fragment === undefined ? {} : { fragment: [{ mask: isFragment, value: fragment ? isFragment : 0 }] }),
  };
}
