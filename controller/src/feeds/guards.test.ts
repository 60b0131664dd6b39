import { describe, expect, it } from 'vitest';
import { bogonPrefixes, documentationPrefixes } from './bogons.ts';
import { refusalOf, stripEntries, type FeedGuards } from './guards.ts';
import type { FeedReading } from './parser.ts';
import { entriesOf, readText, textsOf } from './testkit/texts.ts';

const guards: FeedGuards = { protectedPrefixes: [], safelist: [] };
const strip = (texts: readonly string[], changes: Partial<FeedGuards> = {}): [string[], object] => {
  const { kept, stripped } = stripEntries(entriesOf(texts), { ...guards, ...changes });
  return [textsOf(kept), stripped];
};

describe('stripEntries', () => {
  it.each([
    '0.1.2.3/32',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.1/32',
    '169.254.169.254/32',
    '172.31.255.255/32',
    '192.0.0.8/32',
    '192.0.2.1/32',
    '192.88.99.1/32',
    '192.168.0.0/16',
    '198.19.255.0/24',
    '198.51.100.0/24',
    '203.0.113.7/32',
    '224.0.0.1/32',
    '255.255.255.255/32',
    '::1/128',
    '64:ff9b::102:304/128',
    '100::/64',
    '2001::/32',
    '2001:db8:7::/48',
    '2002:102:304::/48',
    '3fff:7::/32',
    '5f00::/16',
    'fc00::/7',
    'fe80::1/128',
    'ff02::1/128',
  ])('%s is a bogon', (text) => {
    const reason = text === 'fc00::/7' ? 'too-broad' : 'bogon';
    expect(strip([text])).toEqual([[], { [reason]: { count: 1, examples: [text] } }]);
  });

  it.each([
    '9.255.255.255/32',
    '11.0.0.0/8',
    '100.63.255.255/32',
    '100.128.0.0/10',
    '172.15.255.255/32',
    '172.32.0.0/11',
    '192.167.0.0/16',
    '192.169.0.0/16',
    '198.20.0.0/14',
    '223.255.255.255/32',
    '2001:200::/32',
    '2001:db9::/32',
    '2003::/16',
    '2a00::/16',
    '3ffe::/16',
  ])('%s is none', (text) => {
    expect(strip([text])).toEqual([[text], {}]);
  });

  it('takes out what is wider than a bogon, and a half of the Internet', () => {
    const wide = ['192.160.0.0/11', '2001::/16'];
    const broad = ['0.0.0.0/0', '4.0.0.0/7', '2a00::/15', '::/0'];
    expect(strip([...wide, ...broad])).toEqual([
      [],
      { 'contains-bogon': { count: 2, examples: wide }, 'too-broad': { count: 4, examples: broad } },
    ]);
  });

  it('lets documentation prefixes pass for tests and labs, and no other bogon', () => {
    expect(strip(documentationPrefixes, { allowDocumentation: true })).toEqual([
      [...documentationPrefixes],
      {},
    ]);
    const others = bogonPrefixes.filter((prefix) => Number(prefix.split('/')[1]) >= 8);
    expect(strip(others, { allowDocumentation: true })[0]).toEqual([]);
  });

  it('takes out what overlaps the fleet or the safelist, on either side', () => {
    const [kept, stripped] = strip(
      [
        '45.0.7.0/24',
        '45.0.7.9',
        '45.0.0.0/16',
        '45.1.0.0/16',
        '46.7.0.1',
        '46.0.0.0/8',
        '2a00:7::/48',
        '2a00:7::/32',
        '2a00:8::1',
      ],
      { protectedPrefixes: ['45.0.7.0/24', '2a00:7::/48'], safelist: ['46.7.0.0/24', '2a00:8::1/128'] },
    );
    expect(kept).toEqual(['45.1.0.0/16']);
    expect(stripped).toEqual({
      protected: { count: 3, examples: ['45.0.7.0/24', '45.0.7.9/32', '2a00:7::/48'] },
      'contains-protected': { count: 2, examples: ['45.0.0.0/16', '2a00:7::/32'] },
      safelisted: { count: 2, examples: ['46.7.0.1/32', '2a00:8::1/128'] },
      'contains-safelisted': { count: 1, examples: ['46.0.0.0/8'] },
    });
  });

  it('keeps a few examples and counts the rest', () => {
    const [, stripped] = strip(Array.from({ length: 50 }, (_, index) => `10.0.0.${index}`));
    expect(stripped).toMatchObject({ bogon: { count: 50, examples: { length: 5 } } });
  });

  it('a guard that is no prefix is an error', () => {
    expect(() => strip(['45.0.0.1'], { safelist: ['45.0.0.1'] })).toThrow(
      expect.objectContaining({ code: 'TG1007' }),
    );
  });
});

describe('refusalOf', () => {
  const reading = (text = '45.0.0.1\n', changes: Partial<FeedReading> = {}): FeedReading => ({
    ...readText('plain', text),
    ...changes,
  });
  const refusal = (kept: number, last: number | null, changes: Partial<FeedGuards> = {}): string | null =>
    refusalOf(reading(), kept, last, { ...guards, ...changes });

  it.each([
    [1000, null, null],
    [50, 100, null],
    [49, 100, 'shrank from 100 to 49 entries, below the share of 0.5'],
    [300, 100, null],
    [301, 100, 'grew from 100 to 301 entries, more than 3 times'],
    [1, 99, null],
    [5000, 99, null],
  ])('%i entries after %s: %s', (kept, last, expected) => {
    expect(refusal(kept, last)).toBe(expected);
  });

  it('takes other bounds', () => {
    expect(refusal(49, 100, { shrinkShareMin: 0.1 })).toBeNull();
    expect(refusal(301, 100, { growthMax: 10 })).toBeNull();
    expect(refusal(201, 100, { growthMax: 2 })).toContain('grew');
  });

  it('an empty list is refused unless it may be empty; an error page is no empty list', () => {
    const empty = reading('# nothing today\n');
    const page = reading('<html>\n<body>Sign in</body>\n');
    expect(refusalOf(empty, 0, null, guards)).toBe('has no entry left (0 read, 0 lines rejected)');
    expect(refusalOf(empty, 0, 500, { ...guards, allowEmpty: true })).toBeNull();
    expect(refusalOf(page, 0, null, { ...guards, allowEmpty: true })).toBe(
      'has no entry left (0 read, 2 lines rejected)',
    );
    expect(refusalOf(reading('10.0.0.1\n'), 0, null, guards)).toContain('no entry left (1 read');
  });

  it('a list with fewer lines than it announces was cut', () => {
    const cut = reading('45.0.0.1\nbad\n', { announced: 4, skipped: 1 });
    expect(refusalOf(cut, 1, null, guards)).toBe('was cut: it announces 4 entries and has 3');
    expect(refusalOf({ ...cut, announced: 3 }, 1, null, guards)).toBeNull();
  });
});
