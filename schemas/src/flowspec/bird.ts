/**
 * BIRD's words for a rule (BIRD 2.0 user's guide, section 4.3 "Flow specification"): what it prints of its tables, which
 * is how it is known what a peer really has.
 *
 * Promises: reading never throws; what is not understood is said.
 */
import { readCidr } from '../net/cidr.ts';
import { components } from './components.ts';
import type { NumericName } from './components.ts';
import { Unreadable, readingOf } from './reading.ts';
import type { FlowspecReading } from './reading.ts';
import { flowspecFragment } from './rule.ts';
import type { BitTerm, FlowspecMatch, NumberRange } from './rule.ts';

const numericNames: ReadonlyMap<string, NumericName> = new Map([
  ['proto', 'protocols'],
  ['next header', 'protocols'],
  ['port', 'ports'],
  ['dport', 'destinationPorts'],
  ['sport', 'sourcePorts'],
  ['icmp type', 'icmpTypes'],
  ['icmp code', 'icmpCodes'],
  ['length', 'packetLengths'],
  ['dscp', 'dscp'],
  ['label', 'flowLabels'],
]);

/** Reads `flow4 { dst 203.0.113.7/32; proto 17; sport 53; }`. */
export const readBirdFlow = (text: string): FlowspecReading =>
  readingOf(() => {
    if (text.includes(' ...}'))
      throw new Unreadable('BIRD cut it off: it prints no more than some 250 characters');
    const [, family, body] = /^flow([46]) \{(.*)\}$/.exec(text.trim()) ?? [];
    if (body === undefined) throw new Unreadable('it is no flow');
    const match: Record<string, unknown> = { family: Number(family) };
    for (const part of body.split(';').map((one) => one.trim())) {
      if (part !== '') readPart(part, match);
    }
    if (match['destination'] === undefined) throw new Unreadable('it has no destination');
    return match as unknown as FlowspecMatch;
  });

function readPart(part: string, match: Record<string, unknown>): void {
  const [, name = '', rest = ''] =
    /^(dst|src|proto|next header|port|dport|sport|icmp type|icmp code|tcp flags|length|dscp|fragment|label) (.+)$/.exec(
      part,
    ) ?? [];
  const numeric = numericNames.get(name);
  if (name === 'dst' || name === 'src') {
    const reading = readCidr(rest);
    if (!reading.ok) throw new Unreadable(`${rest} is no prefix`);
    match[name === 'dst' ? 'destination' : 'source'] = rest;
  } else if (numeric !== undefined) {
    const component = components.find(({ name: own }) => own === numeric);
    const most = component?.kind === 'numbers' ? component.most : 0;
    match[numeric] = rest.split(/\|\||,/).map((one) => rangeOf(one.trim(), most));
  } else if (name === 'tcp flags') match['tcpFlags'] = rest.split('||').map((one) => flagsOf(one.trim()));
  else if (name === 'fragment') match['fragment'] = rest.split('||').map((one) => fragmentOf(one.trim()));
  else throw new Unreadable(`"${part}" is not understood`);
}

/** `= 6`, `6`, `10..20`, `>= 10 && <= 20`. */
function rangeOf(text: string, most: number): NumberRange {
  let [from, to] = [0, most];
  for (const test of text.split('&&').map((one) => one.trim())) {
    const [, low, high] = /^(\d+)\.\.(\d+)$/.exec(test) ?? [];
    const [, operator = '=', number] = /^(=|>=|<=|>|<)? ?(\d+)$/.exec(test) ?? [];
    if (low !== undefined) {
      from = Math.max(from, Number(low));
      to = Math.min(to, Number(high));
    } else if (number !== undefined) {
      const value = Number(number);
      if (operator === '=' || operator.startsWith('>'))
        from = Math.max(from, operator === '>' ? value + 1 : value);
      if (operator === '=' || operator.startsWith('<'))
        to = Math.min(to, operator === '<' ? value - 1 : value);
    } else throw new Unreadable(`"${test}" is no test of a number`);
  }
  if (from > to) throw new Unreadable(`nothing passes "${text}"`);
  return { from, to };
}

/** `0x2/0x17`, tests joined by `&&`, each with `!` for not. */
function flagsOf(text: string): BitTerm {
  return joined(text, (test) => {
    const [, not, value, mask] = /^(!?)0x([0-9a-f]+)\/0x([0-9a-f]+)$/.exec(test) ?? [];
    if (value === undefined || mask === undefined) return null;
    const [bits, wanted] = [Number.parseInt(mask, 16), Number.parseInt(value, 16)];
    return { mask: bits, value: not === '!' ? bits & ~wanted : wanted };
  });
}

const fragmentBits: ReadonlyMap<string, number> = new Map([
  ['dont_fragment', flowspecFragment.dontFragment],
  ['is_fragment', flowspecFragment.isFragment],
  ['first_fragment', flowspecFragment.first],
  ['last_fragment', flowspecFragment.last],
]);

/** BIRD writes `!!` where a test asks for any of its bits, which of one bit is the same as all of them. */
function fragmentOf(text: string): BitTerm {
  return joined(text, (test) => {
    const [, nots = '', name = ''] = /^(!{0,2})([a-z_]+)$/.exec(test) ?? [];
    const bit = fragmentBits.get(name);
    return bit === undefined ? null : { mask: bit, value: nots.length === 1 ? 0 : bit };
  });
}

function joined(text: string, read: (test: string) => BitTerm | null): BitTerm {
  let [mask, value] = [0, 0];
  for (const test of text.split('&&').map((one) => one.trim())) {
    const term = read(test);
    if (term === null || (mask & term.mask) !== 0) throw new Unreadable(`"${test}" is no test of bits`);
    mask |= term.mask;
    value |= term.value;
  }
  return { mask, value };
}
