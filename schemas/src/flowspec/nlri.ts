/**
 * A FlowSpec rule in the bytes that BGP carries (RFC 8955, section 4; RFC 8956, section 3): what a router compares, and
 * what has to fit.
 *
 * Promises: rules that mean the same have the same bytes; decoding what was encoded gives the canonical rule; no bytes
 * make the decoder throw or hang.
 */
import { formatAddress } from '../net/address.ts';
import { parseCidr, readCidr } from '../net/cidr.ts';
import { canonicalMatch } from './canonical.ts';
import { components } from './components.ts';
import { Unreadable, readingOf } from './reading.ts';
import type { FlowspecReading } from './reading.ts';
import type { BitTerm, FlowspecMatch, NumberRange } from './rule.ts';

/**
 * Most bytes of a rule. One octet of length holds 239 (RFC 8955, section 4.1), but GoBGP 3.10 writes a rule of 239 bytes as
 * one that no router can read: the peer ends the session.
 */
export const nlriBytesMax = 238;

/** Operator bits (RFC 8955, section 4.2.1). */
const op = { end: 0x80, and: 0x40, lt: 0x04, gt: 0x02, eq: 0x01, not: 0x02, match: 0x01 } as const;

/** Without the length in front. Throws TG1007 where an address is no prefix. */
export function encodeNlri(match: FlowspecMatch): Uint8Array {
  const canonical = canonicalMatch(match);
  const bytes: number[] = [...prefixBytes(1, canonical.destination)];
  if (canonical.source !== undefined) bytes.push(...prefixBytes(2, canonical.source));
  for (const component of components) {
    const written = canonical[component.name];
    if (written === undefined) continue;
    bytes.push(component.type);
    const groups =
      component.kind === 'numbers'
        ? (written as NumberRange[]).map(rangeTests)
        : (written as BitTerm[]).map(component.name === 'fragment' ? singleBitTests : bitTests);
    bytes.push(...testBytes(groups));
  }
  return Uint8Array.from(bytes);
}

function prefixBytes(type: number, text: string): number[] {
  const { family, bytes, length } = parseCidr(text);
  const own = family === 4 ? bytes.subarray(12) : bytes;
  const pattern = own.subarray(0, Math.ceil(length / 8));
  // IPv6 has an offset between length and pattern, which is 0 here (RFC 8956, section 3.1).
  return family === 4 ? [type, length, ...pattern] : [type, length, 0, ...pattern];
}

interface Test {
  readonly operator: number;
  readonly value: number;
}

const rangeTests = ({ from, to }: NumberRange): Test[] =>
  from === to
    ? [{ operator: op.eq, value: from }]
    : [
        { operator: op.gt | op.eq, value: from },
        { operator: op.lt | op.eq, value: to },
      ];

/** All of these, and none of those. */
function bitTests({ mask, value }: BitTerm): Test[] {
  const absent = mask & ~value;
  return [
    ...(value === 0 ? [] : [{ operator: op.match, value }]),
    ...(absent === 0 ? [] : [{ operator: op.not, value: absent }]),
  ];
}

/**
 * The same with a test for each bit, as GoBGP's tool makes them of fragments: a rule that fits here has to
 * fit when it was written as text as well.
 */
function singleBitTests({ mask, value }: BitTerm): Test[] {
  return [1, 2, 4, 8].flatMap((bit) =>
    (mask & bit) === 0 ? [] : bitTests({ mask: bit, value: value & bit }),
  );
}

function testBytes(groups: readonly (readonly Test[])[]): number[] {
  const bytes: number[] = [];
  for (const [group, tests] of groups.entries()) {
    for (const [index, { operator, value }] of tests.entries()) {
      const isLast = group === groups.length - 1 && index === tests.length - 1;
      const size = value <= 0xff ? 0 : value <= 0xffff ? 1 : 2;
      bytes.push(operator | (index > 0 ? op.and : 0) | (isLast ? op.end : 0) | (size << 4));
      for (let octet = (1 << size) - 1; octet >= 0; octet--) bytes.push((value >>> (8 * octet)) & 0xff);
    }
  }
  return bytes;
}

/**
 * Reads a rule as others may have encoded it. What the model cannot say (an IPv6 offset, "not equal", the operators for
 * always and never) is refused, and so is a rule without a destination.
 */
export const decodeNlri = (bytes: Uint8Array, family: FlowspecMatch['family']): FlowspecReading =>
  readingOf(() => read(new Reader(bytes), family));

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw new Unreadable('it ends in the middle of a component');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  octet(): number {
    return this.take(1)[0]!;
  }
}

function read(reader: Reader, family: FlowspecMatch['family']): FlowspecMatch {
  const match: Record<string, unknown> = { family };
  let before = 0;
  while (!reader.isAtEnd) {
    const type = reader.octet();
    if (type <= before) throw new Unreadable(`component ${type} stands behind component ${before}`);
    before = type;
    if (type === 1 || type === 2) {
      match[type === 1 ? 'destination' : 'source'] = readPrefix(reader, family);
      continue;
    }
    const component = components.find((one) => one.type === type);
    if (component === undefined) throw new Unreadable(`component ${type} is not known`);
    if (component.kind === 'numbers' && !component.families.includes(family))
      throw new Unreadable(`IPv${family} has no component ${type}`);
    const groups = readTests(reader);
    match[component.name] =
      component.kind === 'numbers'
        ? groups.map((tests) => rangeOf(tests, component.most))
        : groups.map((tests) => bitsOf(tests, component.bits[family]));
  }
  if (match['destination'] === undefined) throw new Unreadable('it has no destination');
  return match as unknown as FlowspecMatch;
}

function readPrefix(reader: Reader, family: FlowspecMatch['family']): string {
  const length = reader.octet();
  const most = family === 4 ? 32 : 128;
  if (length > most) throw new Unreadable(`a prefix length of ${length} is more than ${most}`);
  if (family === 6 && reader.octet() !== 0) throw new Unreadable('an offset cannot be said here');
  const bytes = new Uint8Array(16);
  if (family === 4) bytes.set([0xff, 0xff], 10);
  bytes.set(reader.take(Math.ceil(length / 8)), family === 4 ? 12 : 0);
  const text = `${formatAddress(bytes)}/${length}`;
  const reading = readCidr(text);
  if (!reading.ok || reading.value.family !== family) throw new Unreadable(`${text} is no prefix`);
  return text;
}

/** Tests that are joined by "and", in groups that are joined by "or". */
function readTests(reader: Reader): Test[][] {
  const groups: Test[][] = [];
  for (;;) {
    const operator = reader.octet();
    const size = 1 << ((operator >> 4) & 3);
    const value = reader.take(size).reduce((sum, byte) => sum * 256 + byte, 0);
    const isAnd = (operator & op.and) !== 0;
    if (isAnd && groups.length === 0) throw new Unreadable('its first test is joined to nothing');
    if (isAnd) groups.at(-1)!.push({ operator: operator & 7, value });
    else groups.push([{ operator: operator & 7, value }]);
    if ((operator & op.end) !== 0) return groups;
  }
}

function rangeOf(tests: readonly Test[], most: number): NumberRange {
  let [from, to] = [0, most];
  for (const { operator, value } of tests) {
    const { least, greatest } = boundsOf(operator, value, most);
    from = Math.max(from, least);
    to = Math.min(to, greatest);
  }
  if (from > to) throw new Unreadable('a test that nothing passes');
  return { from, to };
}

function boundsOf(operator: number, value: number, most: number): { least: number; greatest: number } {
  switch (operator) {
    case op.eq:
      return { least: value, greatest: value };
    case op.gt:
      return { least: value + 1, greatest: most };
    case op.gt | op.eq:
      return { least: value, greatest: most };
    case op.lt:
      return { least: 0, greatest: value - 1 };
    case op.lt | op.eq:
      return { least: 0, greatest: value };
    default:
      throw new Unreadable(`operator ${operator} cannot be said here`);
  }
}

function bitsOf(tests: readonly Test[], known: number): BitTerm {
  let [mask, value] = [0, 0];
  for (const { operator, value: bits } of tests) {
    if (bits === 0 || bits > 0xff || (bits & ~known) !== 0)
      throw new Unreadable(`a test of the bits ${bits}`);
    const isOne = (bits & (bits - 1)) === 0;
    const isNot = (operator & op.not) !== 0;
    const isAll = (operator & op.match) !== 0 || isOne;
    // "Not all of these" and "any of these" are more than one mask can say.
    if (operator > 3 || (isNot && isAll && !isOne) || (!isNot && !isAll))
      throw new Unreadable(`operator ${operator} on ${bits} cannot be said here`);
    if ((mask & bits) !== 0) throw new Unreadable('a bit is tested twice');
    mask |= bits;
    if (!isNot) value |= bits;
  }
  return { mask, value };
}
