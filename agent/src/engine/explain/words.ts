/** Rates, shares and rules in words, the same in every alert, record and explanation. */
import type { CeilingClass, TrafficMatch } from '@tidegate/schemas';

const prefixes = ['', 'k', 'M', 'G', 'T'] as const;

/** Three significant digits and a unit of the policy language: 123456 packets/s → `123 kpps`. */
export function rateText(metric: CeilingClass, value: number): string {
  let rest = value;
  let power = 0;
  while (rest >= 999.5 && power < prefixes.length - 1) {
    rest /= 1000;
    power += 1;
  }
  const digits = rest >= 99.5 || power === 0 ? 0 : rest >= 9.95 ? 1 : 2;
  return `${rest.toFixed(digits)} ${prefixes[power]!}${metric === 'bits' ? 'bps' : 'pps'}`;
}

export const percentText = (share: number): string =>
  `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

/** How many times one is the other, in words that fit any size. */
export function timesText(value: number, usual: number): string {
  const times = usual > 0 ? value / usual : Infinity;
  if (times >= 1000) return 'over 1000 times';
  return `${times.toFixed(times >= 10 ? 0 : 1)} times`;
}

const metricNames: Readonly<Record<CeilingClass, string>> = {
  packets: '',
  bits: '',
  syn: ' of connection requests',
  tcp: ' of TCP',
  udp: ' of UDP',
  icmp: ' of ICMP',
  fragments: ' of fragments',
  other: ' of other protocols',
};

/** What a rate is of; nothing where it is of everything. */
export const metricText = (metric: CeilingClass): string => metricNames[metric];

const protocolNames: Readonly<Record<number, string>> = {
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  47: 'GRE',
  50: 'ESP',
  58: 'ICMPv6',
};

interface Range {
  readonly from: number;
  readonly to: number;
}

const rangesText = (ranges: readonly Range[]): string =>
  ranges.map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`)).join(', ');

/** A rule as a person would say it: `UDP to 203.0.113.10/32 from port 53, 900–65535 bytes`. */
export function matchText(match: TrafficMatch): string {
  const { destination, source, protocol, sourcePorts, destinationPorts, packetLengths } = match;
  const name = protocol === undefined ? 'everything' : (protocolNames[protocol] ?? `protocol ${protocol}`);
  const parts = [
    source === undefined ? '' : `from ${source}`,
    sourcePorts === undefined ? '' : `from port ${rangesText(sourcePorts)}`,
    destinationPorts === undefined ? '' : `to port ${rangesText(destinationPorts)}`,
    packetLengths === undefined ? '' : `${rangesText(packetLengths)} bytes`,
    match.tcpFlags === undefined ? '' : `TCP flags ${match.tcpFlags.value} of ${match.tcpFlags.mask}`,
    match.hopLimits === undefined ? '' : `TTL ${rangesText([match.hopLimits])}`,
    match.fragment === undefined ? '' : match.fragment ? 'fragments only' : 'no fragments',
    match.payload === undefined ? '' : `payload ${match.payload.bytes} at ${match.payload.offset}`,
  ];
  return [`${name} to ${destination}`, ...parts.filter((part) => part !== '')].join(', ');
}
