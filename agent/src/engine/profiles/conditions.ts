/** From the conditions of a profile to one question about a packet. */
import { fieldMax, readPayloadPattern, TidegateError } from '@tidegate/schemas';
import type { CompiledProfile, FieldCondition, PayloadPattern } from '@tidegate/schemas';
import { compileMatch } from '../packet/index.ts';
import type { Matcher, Packet } from '../packet/index.ts';
import { fieldReaders } from './fields.ts';

export type Hits = (packet: Packet, length?: number) => boolean;

/** Whether a packet is hit by all conditions, whatever its addresses. */
export function compileConditions({ match, fields }: CompiledProfile, pattern: PayloadPattern | null): Hits {
  // A rule has a destination, whose family it is bound to.
  const header: Readonly<Record<4 | 6, Matcher>> = {
    4: compileMatch({ destination: '0.0.0.0/0', ...match }),
    6: compileMatch({ destination: '::/0', ...match }),
  };
  const conditions = (fields ?? []).map(compileField);
  return (packet, length = packet.length) =>
    header[packet.version](packet, length) &&
    conditions.every((holds) => holds(packet, length)) &&
    (pattern === null || isIn(pattern, packet, length));
}

/** The pattern of a profile, null where it has none. Throws TG1017 where it cannot be read. */
export function patternOf({ name, regex }: CompiledProfile): PayloadPattern | null {
  if (regex === undefined) return null;
  const reading = readPayloadPattern(regex);
  if (!reading.ok) throw new TidegateError('TG1017', `AttackProfile "${name}": ${reading.message}`);
  return reading.value;
}

/** What was not captured, or lies in other fragments, may be anything. */
function isIn(pattern: PayloadPattern, packet: Packet, length: number): boolean {
  const { data, sourcePort, payloadOffset, fragment } = packet;
  if (sourcePort === null || payloadOffset > data.length) return false;
  return pattern.isFoundIn(data, payloadOffset, data.length >= length && fragment === 'none');
}

function compileField({ field, ranges, xorOf }: FieldCondition): (packet: Packet, length: number) => boolean {
  const read = fieldReaders[field];
  if (ranges !== undefined)
    return (packet, length) => {
      const value = read(packet, length);
      return value !== null && ranges.some(({ from, to }) => value >= from && value <= to);
    };
  const others = (xorOf ?? []).map((name) => fieldReaders[name]);
  const bits = fieldMax(field);
  return (packet, length) => {
    const value = read(packet, length);
    if (value === null) return false;
    let expected = 0;
    for (const readOther of others) {
      const other = readOther(packet, length);
      if (other === null) return false;
      expected ^= other;
    }
    return value === (expected & bits) >>> 0;
  };
}
