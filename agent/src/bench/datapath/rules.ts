/** The 64 rules of the measurement. */
import type { TrafficMatch } from '@tidegate/schemas';
import type { RuleRequest } from '../../actions/backend.ts';

export const prefix4 = '203.0.113.0/24';
export const prefix6 = '2001:db8:113::/64';

/** Where amplifiers answer from; of the mix, 53 and 123 match. */
export const amplifierPorts = [
  17, 19, 53, 69, 111, 123, 137, 161, 389, 520, 1434, 1900, 3702, 5683, 10_001, 11_211,
];

/** Kinds of the mix that the rules match, and xdp-filter's ports as well. */
export const droppedKinds = ['dns4Reply', 'ntp4Reply', 'dns6Reply'];

export type RuleSet = 'spread' | 'wide';

/**
 * `spread` is what an agent has in force after many attacks: over the whole protected prefixes a rule for each of 16
 * amplifier ports (IPv4) and for DNS and NTP (IPv6), and 46 narrow ones for an address each. `wide` is the dearest: all
 * 64 over the whole prefix.
 */
export function ruleSet(set: RuleSet): RuleRequest[] {
  const ports = [
    ...amplifierPorts.map((port) => amplified(prefix4, port)),
    ...[53, 123].map((port) => amplified(prefix6, port)),
  ];
  const narrow = Array.from({ length: 46 }, (_, number) =>
    narrowRule(number, set === 'wide' ? prefix4 : `203.0.113.${number * 5}/32`),
  );
  return [...ports, ...narrow].map((match, number) => ({
    id: `mit-${(number + 1).toString(16).padStart(16, '0')}`,
    match,
    ttlMs: 3_600_000,
    verdict: 'drop',
  }));
}

const [tcp, udp] = [6, 17];

const amplified = (destination: string, port: number): TrafficMatch => ({
  destination,
  protocol: udp,
  sourcePorts: [{ from: port, to: port }],
});

/** Kinds of rules that a playbook makes; none of them matches the mix. */
function narrowRule(number: number, destination: string): TrafficMatch {
  const source = `198.18.7.${number}/32`;
  switch (number % 4) {
    case 0:
      return { destination, source };
    case 1:
      return { destination, source, protocol: tcp, ...destinationPort(443) };
    case 2:
      return { destination, protocol: udp, packetLengths: [{ from: 1441, to: 1441 + number }] };
    default:
      return {
        destination,
        protocol: tcp,
        tcpFlags: { mask: 0x3f, value: 0x29 },
        ...destinationPort(8000 + number),
      };
  }
}

const destinationPort = (port: number): Pick<TrafficMatch, 'destinationPorts'> => ({
  destinationPorts: [{ from: port, to: port }],
});
