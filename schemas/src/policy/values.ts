/** Reads the values that JSON Schema can only roughly check: amounts with their unit, prefixes, ranges, patterns. */
import { escapePointer } from '../encoding/pointer.ts';
import { quote } from '../encoding/quote.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { readCidr } from '../net/cidr.ts';
import { readPorts } from '../net/ports.ts';
import { readRange, type RangeReading } from '../units/range.ts';
import { amountExample, formatAmount, readAmount, type Unit } from '../units/amount.ts';
import type { SchemaNode, ValueForm } from '../validate/validator.ts';
import { readProtocol, type ProtocolReading } from './profile/header-fields.ts';
import { readPayloadPattern } from './profile/read-pattern.ts';

export interface ValueProblem {
  readonly code: ErrorCode;
  /** JSON Pointer (RFC 6901) to the value. */
  readonly path: string;
  readonly message: string;
  readonly suggestion: string | null;
}

/** What is wrong with the amounts, prefixes, ranges and patterns in a value, as far as the value has the form of its schema. */
export function* valueProblems(schema: SchemaNode, value: unknown, path = ''): Generator<ValueProblem> {
  const form = schema['x-tidegate'];
  if (form !== undefined) {
    const problem = readForm(form, value);
    if (problem !== null) yield { path, ...problem };
  } else if (Array.isArray(value) && schema.items !== undefined) {
    for (const [index, item] of value.entries()) yield* valueProblems(schema.items, item, `${path}/${index}`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      if (!Object.hasOwn(value, key)) continue;
      yield* valueProblems(inner, (value as Record<string, unknown>)[key], `${path}/${escapePointer(key)}`);
    }
  }
}

type FormProblem = Omit<ValueProblem, 'path'> | null;

function readForm(form: ValueForm, value: unknown): FormProblem {
  if ('unit' in form) return readBounded(form, value);
  switch (form.form) {
    case 'cidr':
      return readPrefix(value);
    case 'ports':
      return readWritten(readPorts, 'a port such as 179, or a range such as "27000-27050"', value);
    case 'protocol':
      return readWritten(readProtocol, 'a protocol such as udp', value);
    case 'pattern':
      return readPattern(value);
    case 'range': {
      const { what, examples } = form;
      const expected = `a ${what} such as ${examples[0]}, or a range such as "${examples[1]}"`;
      return readWritten((written) => readRange(form, written), expected, value);
    }
  }
}

function readPrefix(value: unknown): FormProblem {
  if (typeof value !== 'string') return wrongType('a prefix such as 203.0.113.0/24', value);
  const reading = readCidr(value);
  return reading.ok ? null : { code: 'TG1007', message: reading.message, suggestion: reading.suggestion };
}

function readWritten(
  read: (written: number | string) => RangeReading | ProtocolReading,
  expected: string,
  value: unknown,
): FormProblem {
  if (typeof value !== 'string' && typeof value !== 'number') return wrongType(expected, value);
  const reading = read(value);
  return reading.ok ? null : { code: 'TG1006', message: reading.message, suggestion: reading.suggestion };
}

function readPattern(value: unknown): FormProblem {
  if (typeof value !== 'string') return wrongType("a regular expression such as '^\\xff\\xffstats'", value);
  const reading = readPayloadPattern(value);
  return reading.ok ? null : { code: 'TG1017', message: reading.message, suggestion: reading.suggestion };
}

function readBounded(
  { unit, min, max }: { unit: Unit; min: number; max: number },
  value: unknown,
): FormProblem {
  if (typeof value !== 'string' && typeof value !== 'number') {
    return wrongType(`an amount such as ${amountExample(unit)}`, value);
  }
  const reading = readAmount(unit, value);
  if (!reading.ok) return { code: 'TG1008', message: reading.message, suggestion: reading.suggestion };
  const bad = (message: string, suggestion: string): FormProblem => ({ code: 'TG1008', message, suggestion });
  const [least, most] = [formatAmount(unit, min), formatAmount(unit, max)];
  if (reading.value < min) return bad(`${quote(value)} is too small; the least is ${least}.`, least);
  if (reading.value > max) return bad(`${quote(value)} is too large; the most is ${most}.`, most);
  if (unit === 'duration' && !Number.isInteger(reading.value)) {
    return bad(`${quote(value)} is finer than a millisecond.`, formatAmount(unit, Math.ceil(reading.value)));
  }
  return null;
}

const wrongType = (expected: string, value: unknown): FormProblem => ({
  code: 'TG1004',
  message: `Expected ${expected}, found ${quote(value)}.`,
  suggestion: null,
});
