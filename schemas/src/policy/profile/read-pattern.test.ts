import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import type { Cover } from './cover.ts';
import { readPayloadPattern, type PayloadPattern } from './read-pattern.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function patternOf(written: string): PayloadPattern {
  const reading = readPayloadPattern(written);
  if (!reading.ok) throw new Error(reading.message);
  return reading.value;
}
const found = (written: string, text: string, isWhole = true): boolean =>
  patternOf(written).isFoundIn(bytesOf(`head${text}`), 4, isWhole);

describe('a pattern', () => {
  it.each([
    ['^\\xff\\xff\\xff\\xffTSource', '\xff\xff\xff\xffTSource Engine Query\0', true],
    ['^\\xff\\xff\\xff\\xffTSource', '\xff\xff\xff\xfe\xff\xff\xff\xffTSource', false],
    ['stats', '\0\0\0\x01stats\r\n', true],
    ['^a.b', 'a\nb', true],
    ['(?i)^M-SEARCH', 'm-search * HTTP/1.1', true],
    ['^M-SEARCH', 'm-search * HTTP/1.1', false],
    ['^ping$', 'ping', true],
    ['^ping$', 'pings', false],
    ['(?m)^Host: x$', 'GET / HTTP/1.1\nHost: x\n', true],
    ['\\bfoo\\b', 'a foo!', true],
    ['\\bfoo\\b', 'a food', false],
    ['^[\\x00-\\x1f]{3}\\xc3\\xa9', '\x01\x02\x03é'.replace('é', '\xc3\xa9'), true],
  ])('%s in %j: %s', (written, text, expected) => {
    expect(found(written, text)).toBe(expected);
  });

  it('says of a payload that was cut off only what holds whatever follows', () => {
    expect(found('^ping$', 'ping', false)).toBe(false);
    expect(found('^ping', 'ping', false)).toBe(true);
    expect(found('^ping\\b', 'ping', false)).toBe(false);
    expect(found('^ping\\b', 'ping!', false)).toBe(true);
    expect(found('^p(.|\\n)*$', 'pin', false)).toBe(true);
  });

  it('is not found where there is no payload', () => {
    expect(found('a', '')).toBe(false);
    expect(patternOf('a').isFoundIn(bytesOf('xa'), 5, true)).toBe(false);
    expect(found('^$', '')).toBe(true);
  });
});

describe('what is refused', () => {
  it.each([
    ['(?=a)b', 'looks around with (?='],
    ['a(?!b)', 'looks around with (?!'],
    ['(?<=a)b', 'looks around with (?<='],
    ['(?<!a)b', 'looks around with (?<!'],
    ['(a)\\1', 'refers back with \\1'],
    ['a{1001}', 'invalid repeat count, at "{1001}"'],
    ['[a', 'missing closing ], at "[a"'],
    ['(a', 'missing closing ).'],
    ['*a', 'missing argument to repetition operator, at "*"'],
    ['\\pL', 'invalid escape sequence, at "\\\\p"'],
    ['', 'found in every payload'],
    ['.*', 'found in every payload'],
    ['^a*', 'found in every payload'],
    ['a^b', 'never found'],
    ['\\x{100}', 'never found'],
    [`^${'a'.repeat(101)}`, 'needs 101 bytes of payload'],
    ['x'.repeat(257), 'has 257 characters; the most is 256'],
  ])('%s: %s', (written, message) => {
    expect(readPayloadPattern(written)).toMatchObject({
      ok: false,
      message: expect.stringContaining(message) as string,
      suggestion: null,
    });
  });

  it('is spelt anew where YAML has made letters of bytes', () => {
    expect(readPayloadPattern('^\xff\xffé\r\n')).toMatchObject({
      ok: false,
      suggestion: '^\\xff\\xff\\xe9\\x0d\\x0a',
    });
    expect(readPayloadPattern('^✓')).toMatchObject({ ok: false, suggestion: null });
  });

  // Patterns that hang engines which back-track, or that become more states than memory or instructions than time.
  const hostile = [
    '(x|y)*x(x|y){20}',
    '(?:x|y)*x.{100}y',
    'x.{80}y.{5}x',
    '(((x{10}){10}){10}){1}',
    `(${'[a-z]'.repeat(48)}){1000}`,
    `(${'a?'.repeat(120)}){1000}`,
    `(${'(a|b|ab)*'.repeat(20)}c){40}`,
    '((((a{9}){9}){9}b?){9}.*){9}x',
    '(?:x?){60}x{60}z',
  ];
  it.each(hostile)('%s is no table', (written) => {
    expect(readPayloadPattern(written)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/too complex|invalid repeat count/) as string,
    });
  });
});

it.each(['(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$', '(x*)*y', '(x|x)*y', '(.*)*=.*z', '(?:x?){20}x{20}'])(
  'what back-tracking engines never end on is one look-up a byte: %s',
  (written) => {
    const expected = RE2JS.compile(written, RE2JS.DOTALL);
    for (const text of ['x'.repeat(100), `${'x'.repeat(99)}!`, `${'x'.repeat(99)}y`, `${'x'.repeat(60)}=z`])
      expect(found(written, text)).toBe(expected.test(text));
  },
);

/** Patterns of every construct, over few letters, so that they are found now and then. */
const patterns = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '\\xff',
      '\\n',
      '\\b',
      '\\B',
      '^',
      '$',
      '\\d',
      '\\w',
      '\\Qa.\\E',
    ),
    tie('pattern').map((inner) => `(?:${inner})`),
    tie('pattern').map((inner) => `(?i:${inner})`),
  ),
  pattern: fc
    .array(
      fc
        .tuple(tie('atom'), fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,2}', '+?', '|'))
        .map((parts) => parts.join('')),
      { minLength: 1, maxLength: 5 },
    )
    .map((parts) => parts.join('')),
})).pattern;
const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '1', '\n', '\xff', ' '), maxLength: 8 });

const isIn = ({ offset, bytes, mask }: Cover, text: string): boolean =>
  bytes.every((byte, index) => ((bytesOf(text)[offset + index] ?? -1) & mask[index]!) === byte) &&
  text.length >= offset + bytes.length;

it('finds what RE2 finds, and no cover leaves out what is found', () => {
  let covered = 0;
  fc.assert(
    fc.property(
      fc.tuple(fc.constantFrom('', '^'), patterns).map((parts) => parts.join('')),
      fc.array(texts, { minLength: 20, maxLength: 20 }),
      texts,
      (written, samples, rest) => {
        const reading = readPayloadPattern(written);
        if (!reading.ok) return;
        const { cover } = reading.value;
        covered += cover === null ? 0 : 1;
        const reference = RE2JS.compile(written, RE2JS.DOTALL);
        for (const text of samples) {
          const isFound = reading.value.isFoundIn(bytesOf(text), 0, true);
          expect(isFound).toBe(reference.test(text));
          if (isFound && cover !== null) expect(isIn(cover, text)).toBe(true);
          if (cover?.isExact === true && isIn(cover, text)) expect(isFound).toBe(true);
          if (reading.value.isFoundIn(bytesOf(text), 0, false))
            expect(reference.test(text + rest)).toBe(true);
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(covered).toBeGreaterThan(10);
});

describe('what the kernel can compare', () => {
  const coverOf = (written: string) => {
    const { cover } = patternOf(written);
    return cover === null
      ? null
      : `${cover.offset} ${hex(cover.bytes)}/${hex(cover.mask)}${cover.isExact ? '' : ' …'}`;
  };

  it.each([
    ['^stats', '0 7374617473/ffffffffff'],
    [
      '^\\xff\\xff\\xff\\xffTSource Engine Query',
      '0 ffffffff54536f7572636520456e6769/ffffffffffffffffffffffffffffffff …',
    ],
    ['^\\x17\\x00[\\x03\\x02]\\x2a', '0 1700022a/fffffeff'],
    ['^.{4}stats', '4 7374617473/ffffffffff'],
    ['^(?i)ab', '0 4142/dfdf'],
    ['^[a-c]x', '0 6078/fcff …'],
    ['^ping$', '0 70696e67/ffffffff …'],
    ['^(?:GET|POST) /', '0 4045500020/e8f5f88bf0 …'],
    ['^ab?', '0 61/ff'],
    ['stats', null],
    ['^(?:a|..b)', null],
  ])('%s: %s', (written, expected) => {
    expect(coverOf(written)).toBe(expected);
  });
});
