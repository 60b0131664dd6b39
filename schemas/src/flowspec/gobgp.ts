/**
 * A rule as a command of GoBGP's own tool: `gobgp global rib add -a ipv4-flowspec match … then …`, for RFC 8955 and
 * RFC 8956.
 *
 * Promises: nothing but numbers, prefixes and fixed words gets into the command; quoting is that of a POSIX shell.
 */
import { canonicalMatch } from './canonical.ts';
import type { BitTerm, FlowspecAction, FlowspecMatch, FlowspecRule, NumberRange } from './rule.ts';

/** Throws TG1007 where an address is no prefix. What is written was validated before (`flowspecProblems`). */
export function gobgpCommand({ match, actions }: FlowspecRule): string {
  const words = matchWords(canonicalMatch(match));
  const then = actions.map(actionWords);
  return `gobgp global rib add -a ipv${match.family}-flowspec match ${words.join(' ')} then ${then.join(' ')}`;
}

function matchWords(match: FlowspecMatch): string[] {
  const numbers = (name: string, ranges: readonly NumberRange[] | undefined): string[] =>
    ranges === undefined ? [] : [`${name} ${ranges.map(rangeWord).join(' ')}`];
  const bits = (name: string, terms: readonly BitTerm[] | undefined, write: (term: BitTerm) => string) =>
    terms === undefined ? [] : [`${name} ${terms.map(write).join(' ')}`];
  return [
    `destination ${match.destination}`,
    ...(match.source === undefined ? [] : [`source ${match.source}`]),
    ...numbers('protocol', match.protocols),
    ...numbers('port', match.ports),
    ...numbers('destination-port', match.destinationPorts),
    ...numbers('source-port', match.sourcePorts),
    ...numbers('icmp-type', match.icmpTypes),
    ...numbers('icmp-code', match.icmpCodes),
    ...bits('tcp-flags', match.tcpFlags, flagsWord),
    ...numbers('packet-length', match.packetLengths),
    ...numbers('dscp', match.dscp),
    ...bits('fragment', match.fragment, fragmentWord),
    ...numbers('label', match.flowLabels),
  ];
}

const rangeWord = ({ from, to }: NumberRange): string =>
  from === to ? `'==${from}'` : `'>=${from}&<=${to}'`;

/** In the order of the bits, from FIN on. */
const flagLetters = ['F', 'S', 'R', 'P', 'A', 'U', 'E', 'C'] as const;
const lettersOf = (bits: number): string =>
  flagLetters.filter((_, index) => (bits & (1 << index)) !== 0).join('');

/** All of these, and none of those. */
function flagsWord({ mask, value }: BitTerm): string {
  const present = lettersOf(value);
  const absent = lettersOf(mask & ~value);
  return `'${[...(present === '' ? [] : [`=${present}`]), ...(absent === '' ? [] : [`!${absent}`])].join('&')}'`;
}

const fragmentNames = ['dont-fragment', 'is-fragment', 'first-fragment', 'last-fragment'] as const;

function fragmentWord({ mask, value }: BitTerm): string {
  const parts = fragmentNames.flatMap((name, index) => {
    const bit = 1 << index;
    return (mask & bit) === 0 ? [] : [(value & bit) === 0 ? `!${name}` : name];
  });
  return `'${parts.join('&')}'`;
}

function actionWords(action: FlowspecAction): string {
  switch (action.type) {
    case 'discard':
      return 'discard';
    case 'limit':
      return `rate-limit ${action.bytesPerSecond}`;
    case 'mark':
      return `mark ${action.dscp}`;
    case 'redirect':
      return `redirect ${action.routeTarget}`;
    case 'limitPackets':
    case 'redirectToIp':
      throw new RangeError(`GoBGP's tool has no words for ${action.type}`);
  }
}
