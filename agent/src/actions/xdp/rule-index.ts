/**
 * The index by which the kernel leaves rules out that a packet cannot match: for each value of a byte, which rules it
 * does not rule out (bpf/structs.h, struct tg_index). A bit too many costs a comparison, a bit too few a wrong verdict;
 * a simulation holds it against the matching itself.
 */
import { ruleFlag, sourceByteAt, structs } from '../../kernel/xdp/index.ts';

const { fields } = structs.tg_index;
const rule = structs.tg_rule.fields;
const entryWords = structs.tg_index_entry.size / 4;

type Table = Exclude<keyof typeof fields, 'safe_first' | 'safe_second'>;
/** Whether a byte of this value is left over. */
type Accepts = (value: number) => boolean;

const any: Accepts = () => true;

/** Writes the bit of one rule into every entry, set or not, a word at a time; other rules' bits stay. */
export function indexRule(
  index: { readonly u32: Uint32Array },
  encoded: Uint8Array,
  number: number,
  kind: 'rules' | 'keeps',
): void {
  const word = structs.tg_index_entry.fields[kind] / 4 + (number >> 5);
  const bit = 1 << (number & 31);
  for (const [table, accepts] of Object.entries(acceptedBytes(encoded)) as [Table, Accepts][]) {
    for (let value = 0; value < 256; value++) {
      const at = fields[table] / 4 + value * entryWords + word;
      if (accepts(value)) Atomics.or(index.u32, at, bit);
      else Atomics.and(index.u32, at, ~bit);
    }
  }
}

function acceptedBytes(encoded: Uint8Array): Record<Table, Accepts> {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const flags = view.getUint16(rule.flags, true);
  const has = (flag: keyof typeof ruleFlag): boolean => (flags & ruleFlag[flag]) !== 0;
  const range = (from: number, to: number): readonly [Accepts, Accepts] =>
    halves(view.getUint16(from, true), view.getUint16(to, true));
  const [source, destination, length] = [
    has('sourcePorts') ? range(rule.source_port_from, rule.source_port_to) : [any, any],
    has('destinationPorts') ? range(rule.destination_port_from, rule.destination_port_to) : [any, any],
    has('lengths') ? range(rule.length_from, rule.length_to) : [any, any],
  ] as const;
  const [tcpMask, tcpValue] = [encoded[rule.tcp_mask]!, encoded[rule.tcp_value]!];
  return {
    protocol: has('protocol') ? (value) => value === encoded[rule.protocol] : any,
    source_port_high: source[0],
    source_port_low: source[1],
    destination_port_high: destination[0],
    destination_port_low: destination[1],
    length_high: length[0],
    length_low: length[1],
    tcp_flags: has('tcpFlags') ? (value) => (value & tcpMask) === tcpValue : any,
    source_first: sourceByte(encoded, 0),
    source_second: sourceByte(encoded, 1),
  };
}

/** The high and the low byte of a number in the range. The low one says nothing where several high ones are left. */
function halves(from: number, to: number): readonly [Accepts, Accepts] {
  const [highFrom, highTo] = [from >> 8, to >> 8];
  const high: Accepts = (value) => value >= highFrom && value <= highTo;
  if (highFrom !== highTo) return [high, any];
  return [high, (value) => value >= (from & 0xff) && value <= (to & 0xff)];
}

/** The program looks at other bytes for each family, and a rule is about one family only. */
function sourceByte(encoded: Uint8Array, number: 0 | 1): Accepts {
  const family = encoded[rule.family] === 6 ? 6 : 4;
  const at = sourceByteAt(family)[number];
  const mask = encoded[rule.source_mask + at]!;
  const wanted = encoded[rule.source + at]! & mask;
  return mask === 0 ? any : (value) => (value & mask) === wanted;
}
