/** Which counter of a target rises with the packets of a profile: the narrowest that counts all of them. */
import type { CompiledProfile } from '@tidegate/schemas';
import { connectionRequest, countPacket, parsePacket } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import { counter, counterNames } from '../types.ts';
import type { CounterName } from '../types.ts';

/** From the narrowest to the widest; a profile of no protocol is counted with all packets. */
const candidates: readonly CounterName[] = [
  'tcpSyn',
  'tcpSynAck',
  'tcpAck',
  'tcpInvalid',
  'tcpRst',
  'tcpFin',
  'udpDnsPackets',
  'udpAmplifierPackets',
  'tcpPackets',
  'udpPackets',
  'icmpPackets',
  'grePackets',
  'espPackets',
  'otherPackets',
];

export function counterOf({ match }: CompiledProfile): CounterName {
  const { protocol, fragment, tcpFlags = { mask: 0, value: 0 }, sourcePorts } = match;
  if (protocol === undefined) return fragment === true ? 'fragments' : 'packets';
  const flags = flagSets(tcpFlags);
  // A range of ports is hardly one of amplifiers only.
  const ports = sourcePorts?.map(({ from, to }) => (from === to ? from : anyPort)) ?? [anyPort];
  const packets = ports.flatMap((sourcePort) =>
    flags.map((tcpFlags) => ({ ...example, ...versionOf(protocol), protocol, sourcePort, tcpFlags })),
  );
  const counts = new Float64Array(counterNames.length);
  for (const packet of packets) countPacket(counts, packet);
  return candidates.find((name) => counts[counter[name]] === packets.length) ?? 'packets';
}

const anyPort = 40_000;

/** Any packet, to be dressed as one of the profile. */
const example: Packet = parsePacket(Uint8Array.of(0x45, 0, 0, 20, ...new Array<number>(16).fill(0)))!;

/** ICMPv6 is ICMP in IPv6 only. */
const versionOf = (protocol: number): Pick<Packet, 'version'> => ({ version: protocol === 58 ? 6 : 4 });

/** Flags that tell counters apart, in every combination that a profile allows. */
const flagSets = ({ mask, value }: { mask: number; value: number }): number[] =>
  Array.from({ length: connectionRequest.mask + 1 }, (_, flags) => flags).filter(
    (flags) =>
      (flags & ~connectionRequest.mask) === 0 && (flags & mask) === (value & mask & connectionRequest.mask),
  );
