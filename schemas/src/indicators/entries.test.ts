import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, readAddressBytes } from '../net/address.ts';
import { readCidr } from '../net/cidr.ts';
import { IndicatorEntries } from './entries.ts';

/** The entries as prefixes. */
function textsOf(entries: IndicatorEntries): string[] {
  const texts: string[] = [];
  entries.eachV4((address, length) => {
    texts.push(`${[24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')}/${length}`);
  });
  entries.eachV6((a, b, c, d, length) => {
    const bytes = new Uint8Array(16);
    for (const [word, value] of [a, b, c, d].entries()) {
      new DataView(bytes.buffer).setUint32(word * 4, value);
    }
    texts.push(`${formatAddress(bytes)}/${length}`);
  });
  return texts;
}

const readingOf = (text: string): string | null => {
  const entries = new IndicatorEntries();
  const problem = entries.addText(text);
  expect(entries.size).toBe(problem === null ? 1 : 0);
  return problem === null ? textsOf(entries)[0]! : null;
};

describe('IndicatorEntries', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    ['203.0.113.0/24', '203.0.113.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['255.255.255.255/32', '255.255.255.255/32'],
    ['::ffff:203.0.113.7', '203.0.113.7/32'],
    ['2001:DB8::7', '2001:db8::7/128'],
    ['2001:db8::/32', '2001:db8::/32'],
  ])('reads %s as %s', (text, prefix) => {
    expect(readingOf(text)).toBe(prefix);
  });

  it.each([
    ['203.0.113.7/24', 'host bits'],
    ['203.0.113.256', 'not an IPv4 or IPv6'],
    ['203.0.113.07', 'not an IPv4 or IPv6'],
    ['203.0.113', 'not an IPv4 or IPv6'],
    ['203.0.113.7/33', 'bad prefix length'],
    ['203.0.113.7/', 'bad prefix length'],
    ['evil.example', 'not an IPv4 or IPv6'],
    ['', 'not an IPv4 or IPv6'],
  ])('refuses %j and says why', (text, reason) => {
    expect(new IndicatorEntries().addText(text)).toContain(reason);
  });

  it('reads what the strict readers read, as they read it', () => {
    const piece = fc.constantFrom(
      '0',
      '1',
      '9',
      '10',
      '01',
      '32',
      '128',
      '255',
      '256',
      '.',
      '/',
      ':',
      '::',
      'a',
      ' ',
    );
    const dotted = fc
      .tuple(fc.array(fc.nat(300), { minLength: 3, maxLength: 5 }), fc.option(fc.nat(40)))
      .map(([parts, length]) => parts.join('.') + (length === null ? '' : `/${length}`));
    const text = fc.oneof(
      dotted,
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        const bytes = readAddressBytes(written);
        const cidr = readCidr(written);
        const own = bytes === null ? null : formatAddress(bytes);
        const expected = cidr.ok ? cidr.value.text : own && `${own}/${own.includes(':') ? 128 : 32}`;
        expect(readingOf(written)).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it('counts what it holds, in the order in which it came', () => {
    const entries = new IndicatorEntries();
    const texts = Array.from({ length: 300 }, (_, index) => `198.51.${index >> 8}.${index & 255}/32`);
    for (const text of texts) entries.addText(text);
    expect(entries.size).toBe(300);
    expect(textsOf(entries)).toEqual(texts);
  });
});
