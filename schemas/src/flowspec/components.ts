/** The components of a FlowSpec rule (RFC 8955, section 4.2.2; RFC 8956, section 3), in the order of their types. */
import type { FlowspecMatch } from './rule.ts';

/** Components that are lists of numbers. */
export type NumericName =
  | 'protocols'
  | 'ports'
  | 'destinationPorts'
  | 'sourcePorts'
  | 'icmpTypes'
  | 'icmpCodes'
  | 'packetLengths'
  | 'dscp'
  | 'flowLabels';
/** Components that are lists of bit tests. */
export type BitName = 'tcpFlags' | 'fragment';

export type Component =
  | {
      readonly kind: 'numbers';
      readonly type: number;
      readonly name: NumericName;
      readonly most: number;
      readonly families: readonly FlowspecMatch['family'][];
    }
  | {
      readonly kind: 'bits';
      readonly type: number;
      readonly name: BitName;
      /** Bits that may be asked for, by family. */
      readonly bits: Readonly<Record<FlowspecMatch['family'], number>>;
    };

const both = [4, 6] as const;
const numbers = (type: number, name: NumericName, most: number, families: readonly (4 | 6)[] = both) =>
  ({ kind: 'numbers', type, name, most, families }) as const;

export const components: readonly Component[] = [
  numbers(3, 'protocols', 255),
  numbers(4, 'ports', 65_535),
  numbers(5, 'destinationPorts', 65_535),
  numbers(6, 'sourcePorts', 65_535),
  numbers(7, 'icmpTypes', 255),
  numbers(8, 'icmpCodes', 255),
  // CWR and ECE lie in the same octet; the reserved bits above it are left alone.
  { kind: 'bits', type: 9, name: 'tcpFlags', bits: { 4: 0xff, 6: 0xff } },
  numbers(10, 'packetLengths', 65_535),
  numbers(11, 'dscp', 63),
  // IPv6 has no "don't fragment" (RFC 8956, section 3.6).
  { kind: 'bits', type: 12, name: 'fragment', bits: { 4: 0x0f, 6: 0x0e } },
  numbers(13, 'flowLabels', 1_048_575, [6]),
];
