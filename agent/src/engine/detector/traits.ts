/** What the signals look at in a sampled packet, read once. */
import { ipProtocol, parsePacket } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import type { Sample } from '../types.ts';

export interface Traits {
  readonly protocol: number;
  /** Length of the whole IP packet, bytes. */
  readonly length: number;
  /** How many packets it stands for. */
  readonly rate: number;
  readonly source: string;
  /** The address it went to, as text. */
  readonly target: string;
  /** The network that the source is in: 16 bits of IPv4, 32 of IPv6, about what one operator holds. */
  readonly network: string;
  /** Null where the packet has none. */
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  readonly flow: string;
  /** Whether the source is an address that no packet of the Internet comes from. */
  readonly isUnroutable: boolean;
}

const networkBytes = { 4: 2, 6: 4 } as const;

const remembered = new WeakMap<Sample, Traits | { readonly unreadable: true }>();

/** Null where the bytes are no IP packet. A sample is read once, however often it is looked at. */
export function traitsOf(sample: Sample): Traits | null {
  const known = remembered.get(sample);
  if (known !== undefined) return 'unreadable' in known ? null : known;
  const packet = parsePacket(sample.data);
  const traits = packet === null ? null : read(packet, sample);
  remembered.set(sample, traits ?? { unreadable: true });
  return traits;
}

function read(packet: Packet, { length, rate, target }: Sample): Traits {
  const { data, version, protocol, sourcePort, destinationPort } = packet;
  const at = version === 4 ? 12 : 8;
  // One character a byte: a key, not for people.
  const source = String.fromCharCode(...data.subarray(at, at + (version === 4 ? 4 : 16)));
  return {
    ...{ protocol, length, rate, source, target, sourcePort, destinationPort },
    network: source.slice(0, networkBytes[version]),
    flow: `${source} ${protocol} ${sourcePort ?? ''} ${destinationPort ?? ''}`,
    isUnroutable: version === 4 ? isUnroutable4(data) : isUnroutable6(data, protocol),
  };
}

/**
 * "This network", loopback, multicast and reserved (RFC 6890, RFC 1812 section 5.3.7). Private addresses are left
 * alone: a server may well have private clients.
 */
function isUnroutable4(data: Uint8Array): boolean {
  const first = data[12]!;
  return first === 0 || first === 127 || first >= 224;
}

/**
 * Outside of 2000::/3, and inside of it what no registry was given (IANA, IPv6 global unicast address assignments): all
 * but 2001::/16 to 2003::/16, 2400::/12, 2600::/11, 2800::/12 and 2a00::/11. Link-local and unique local ones are left
 * alone, and so is ICMPv6, which may come from the unspecified address (RFC 4861).
 */
function isUnroutable6(data: Uint8Array, protocol: number): boolean {
  const [first, second] = [data[8]!, data[9]!];
  if (protocol === ipProtocol.icmpv6 || first === 0xfc || first === 0xfd || first === 0xfe) return false;
  if (first === 0x20) return second < 0x01 || second > 0x03;
  if (first === 0x24 || first === 0x28) return second > 0x0f;
  return !((first === 0x26 || first === 0x2a) && second <= 0x1f) && !(first === 0x2c && second <= 0x0f);
}
