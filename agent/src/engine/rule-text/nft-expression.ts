/** Says a traffic match in nft's words. */
import { cidrIsIpv4, type PortRange, type TrafficMatch } from '@tidegate/schemas';

const tcp = 6;
const udp = 17;

/**
 * The conditions of one rule, cheapest first. Ports without a protocol mean TCP and UDP: other protocols keep
 * something else in those bytes.
 *
 * A trailing fragment has no ports and no flags, but Linux 6.18 was seen to read them out of other bytes. For IPv4 it is
 * kept out here; IPv6 rules that ask stand in a chain of their own, which trailing fragments do not enter.
 */
export function matchExpression(match: TrafficMatch): string {
  const isIpv4 = cidrIsIpv4(match.destination);
  const ip = isIpv4 ? 'ip' : 'ip6';
  const { source, protocol, sourcePorts, destinationPorts, packetLengths, tcpFlags } = match;
  const conditions = [`${ip} daddr ${match.destination}`];
  if (source !== undefined) conditions.push(`${ip} saddr ${source}`);
  if (isIpv4 && asksTransportHeader(match)) conditions.push('ip frag-off & 0x1fff == 0');
  if (protocol !== undefined) conditions.push(`meta l4proto ${protocol}`);
  else if (hasPorts(match)) conditions.push(`meta l4proto { ${tcp}, ${udp} }`);
  if (tcpFlags !== undefined) conditions.push(`tcp flags & ${tcpFlags.mask} == ${tcpFlags.value}`);
  if (sourcePorts !== undefined) conditions.push(`th sport ${anyOf(sourcePorts)}`);
  if (destinationPorts !== undefined) conditions.push(`th dport ${anyOf(destinationPorts)}`);
  if (packetLengths !== undefined) conditions.push(`meta length ${anyOf(packetLengths)}`);
  return conditions.join(' ');
}

const hasPorts = ({ sourcePorts, destinationPorts }: TrafficMatch): boolean =>
  sourcePorts !== undefined || destinationPorts !== undefined;

/** Whether a rule looks at what only the first fragment of a packet has. */
export const asksTransportHeader = (match: TrafficMatch): boolean =>
  hasPorts(match) || match.tcpFlags !== undefined;

// An anonymous set costs two more netlink round trips at each listing, so a single range goes without.
const anyOf = (ranges: readonly PortRange[]): string => {
  const texts = ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
  return texts.length === 1 ? texts.join('') : `{ ${texts.join(', ')} }`;
};
