/** What the packets to a target were, in parts: for charts. */
import type { Analysis } from '@tidegate/schemas';
import { ipProtocol } from '../packet/index.ts';
import { partsOf } from './looked.ts';
import type { Looked } from './looked.ts';
import { rounded } from './members.ts';

const partsMax = 12;
const protocolNames: ReadonlyMap<number, string> = new Map([
  [ipProtocol.icmp, 'ICMP'],
  [2, 'IGMP'],
  [4, 'IP in IP'],
  [ipProtocol.tcp, 'TCP'],
  [ipProtocol.udp, 'UDP'],
  [41, 'IPv6 in IP'],
  [ipProtocol.gre, 'GRE'],
  [ipProtocol.esp, 'ESP'],
  [ipProtocol.icmpv6, 'ICMPv6'],
  [132, 'SCTP'],
]);

export const protocolName = (protocol: number): string =>
  protocolNames.get(protocol) ?? `protocol ${protocol}`;

/** Upper ends of the classes of lengths, bytes. */
const lengthClasses = [63, 127, 255, 511, 767, 1023, 1279, 1500, 65_535] as const;

export function sharesOf(during: readonly Looked[]): Analysis['shares'] {
  const named = (valueOf: (looked: Looked) => number | null, name: (value: number) => string) =>
    partsOf(during, valueOf)
      .slice(0, partsMax)
      .map(({ value, share }) => ({ name: name(value), share: rounded(share) }));
  const lengths = new Map(
    partsOf(during, ({ sample }) => lengthClasses.findIndex((upper) => sample.length <= upper)).map(
      ({ value, share }) => [value, share],
    ),
  );
  return {
    protocols: named(({ packet }) => packet.protocol, protocolName),
    sourcePorts: named(({ packet }) => packet.sourcePort, String),
    destinationPorts: named(({ packet }) => packet.destinationPort, String),
    packetLengths: lengthClasses.map((upper, index) => ({
      name: `${index === 0 ? 20 : lengthClasses[index - 1]! + 1}–${upper}`,
      share: rounded(lengths.get(index) ?? 0),
    })),
  };
}
