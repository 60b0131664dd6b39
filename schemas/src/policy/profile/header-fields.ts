/** What an AttackProfile can name of a packet: its protocol, its flags, and fields of its headers, each a number. */
import { quote } from '../../encoding/quote.ts';
import { nearest } from '../../validate/nearest.ts';

export interface HeaderField {
  /** How many bits the field has. */
  readonly bits: number;
  /** Protocols whose packets have it; left out where every packet does. */
  readonly protocols?: readonly number[];
}

const tcp = 6;
const udp = 17;
const icmp = [1, 58];
const inTcp = { protocols: [tcp] };
const inUdp = { protocols: [udp] };

export const headerFields = {
  'ip.source': { bits: 32 },
  'ip.destination': { bits: 32 },
  'ip.id': { bits: 16 },
  'ip.length': { bits: 16 },
  'ip.headerLength': { bits: 6 },
  'ip.trafficClass': { bits: 8 },
  'ip.flags': { bits: 3 },
  'ip.flowLabel': { bits: 20 },
  sourcePort: { bits: 16, protocols: [tcp, udp] },
  destinationPort: { bits: 16, protocols: [tcp, udp] },
  'tcp.sequence': { bits: 32, ...inTcp },
  'tcp.acknowledgment': { bits: 32, ...inTcp },
  'tcp.headerLength': { bits: 6, ...inTcp },
  'tcp.window': { bits: 16, ...inTcp },
  'tcp.urgent': { bits: 16, ...inTcp },
  'udp.length': { bits: 16, ...inUdp },
  'udp.checksum': { bits: 16, ...inUdp },
  'icmp.type': { bits: 8, protocols: icmp },
  'icmp.code': { bits: 8, protocols: icmp },
  'icmp.id': { bits: 16, protocols: icmp },
  'gre.protocol': { bits: 16, protocols: [47] },
  'payload.length': { bits: 16, protocols: [tcp, udp, ...icmp] },
} as const satisfies Readonly<Record<string, HeaderField>>;

export type HeaderFieldName = keyof typeof headerFields;
export const headerFieldNames = Object.keys(headerFields) as HeaderFieldName[];

export const fieldMax = (name: HeaderFieldName): number => 2 ** headerFields[name].bits - 1;

/** Names of protocols as people write them, by their number (IANA). */
export const protocolNumbers = { icmp: 1, tcp, udp, gre: 47, esp: 50, icmpv6: 58 } as const;
export type ProtocolName = keyof typeof protocolNumbers;

export type ProtocolReading =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly message: string; readonly suggestion: string | null };

/** Reads a protocol by name or number and, where it is none, says what was probably meant. */
export function readProtocol(written: number | string): ProtocolReading {
  const names = Object.keys(protocolNumbers);
  const value =
    typeof written === 'number'
      ? written
      : names.includes(written)
        ? protocolNumbers[written as ProtocolName]
        : -1;
  if (Number.isInteger(value) && value >= 0 && value <= 255) return { ok: true, value };
  const message = `${quote(written)} is no protocol; write ${names.join(', ')}, or a number from 0 to 255.`;
  return { ok: false, message, suggestion: typeof written === 'number' ? null : nearest(written, names) };
}

export const protocolNumber = (written: number | ProtocolName): number =>
  typeof written === 'number' ? written : protocolNumbers[written];

/** Flags of TCP by their bit (RFC 9293, section 3.1; RFC 3168 for ECE and CWR). */
export const tcpFlagBits = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;
