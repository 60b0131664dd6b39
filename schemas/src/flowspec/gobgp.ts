/**
 * A rule as a command of GoBGP's own tool: `gobgp global rib add -a ipv4-flowspec match … then …`, for RFC 8955 and
 * RFC 8956.
 *
 * Promises: what FlowSpec cannot say (hop limits, payloads) must be left out of the match before; quoting is that of a
 * POSIX shell.
 */
import { parseCidr } from '../net/cidr.ts';
import type { PortRange, TrafficMatch } from '../shapes/index.ts';

export type FlowspecAction =
  | { readonly type: 'discard' }
  /** What may pass. */
  | { readonly type: 'limit'; readonly bytesPerSecond: number };

export function gobgpCommand(match: TrafficMatch, action: FlowspecAction): string {
  const destination = parseCidr(match.destination);
  const { source, protocol, sourcePorts, destinationPorts, packetLengths, tcpFlags, fragment } = match;
  const words = [`destination ${destination.text}`];
  if (source !== undefined) words.push(`source ${parseCidr(source).text}`);
  if (protocol !== undefined) words.push(`protocol '==${protocol}'`);
  if (destinationPorts !== undefined) words.push(`destination-port ${anyOf(destinationPorts)}`);
  if (sourcePorts !== undefined) words.push(`source-port ${anyOf(sourcePorts)}`);
  if (tcpFlags !== undefined) words.push(`tcp-flags ${flagsOf(tcpFlags)}`);
  if (packetLengths !== undefined) words.push(`packet-length ${anyOf(packetLengths)}`);
  if (fragment !== undefined) words.push(`fragment '${fragment ? '' : '!'}is-fragment'`);
  const then = action.type === 'discard' ? 'discard' : `rate-limit ${action.bytesPerSecond}`;
  return `gobgp global rib add -a ipv${destination.family}-flowspec match ${words.join(' ')} then ${then}`;
}

const anyOf = (ranges: readonly PortRange[]): string =>
  ranges.map(({ from, to }) => (from === to ? `'==${from}'` : `'>=${from}&<=${to}'`)).join(' ');

/** In the order of the bits, from FIN on. */
const flagLetters = ['F', 'S', 'R', 'P', 'A', 'U', 'E', 'C'] as const;
const lettersOf = (bits: number): string =>
  flagLetters.filter((_, index) => (bits & (1 << index)) !== 0).join('');

/** All of these, and none of those. */
function flagsOf({ mask, value }: NonNullable<TrafficMatch['tcpFlags']>): string {
  const present = lettersOf(value & mask);
  const absent = lettersOf(mask & ~value);
  return `'${[...(present === '' ? [] : [`=${present}`]), ...(absent === '' ? [] : [`!${absent}`])].join('&')}'`;
}
