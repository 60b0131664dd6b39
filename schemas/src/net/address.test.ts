import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, formatAddress, parseAddress } from './address.ts';

describe('parseAddress', () => {
  it.each([
    ['203.0.113.10', 4, '203.0.113.10'],
    ['0.0.0.0', 4, '0.0.0.0'],
    ['::ffff:203.0.113.10', 4, '203.0.113.10'],
    // RFC 5952, section 4: shortest, lower case, the longest run of zeros and of equal ones the first.
    ['2001:0DB8:0:0:0:0:0:1', 6, '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', 6, '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', 6, '2001:db8:0:1:1:1:1:1'],
    ['::', 6, '::'],
    ['::1', 6, '::1'],
    // Deprecated, and not the same as the mapped ::ffff:1.2.3.4 (RFC 4291, section 2.5.5).
    ['::1.2.3.4', 6, '::102:304'],
    ['64:ff9b::203.0.113.10', 6, '64:ff9b::cb00:710a'],
  ] as const)('%s is IPv%i %s', (text, family, canonical) => {
    expect(parseAddress(text)).toMatchObject({ family, text: canonical });
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '010.1.1.1',
    '0x7f.1',
    '1.2.3.4 ',
    'fe80::1%eth0',
    '1::2::3',
    'web-1',
    ':',
    '12345::',
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'TG1007' }));
  });

  it('maps IPv4 into ::ffff:0:0/96', () => {
    expect([...addressBytes('203.0.113.10')]).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 203, 0, 113, 10,
    ]);
  });

  it('reads what formatAddress writes, for any 16 bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc
        .uint8Array({ minLength: 4, maxLength: 4 })
        .map((four) => Uint8Array.from([...Array<number>(10).fill(0), 255, 255, ...four])),
    );
    fc.assert(
      fc.property(bytes, (written) => {
        const text = formatAddress(written);
        const read = parseAddress(text);
        expect(read.bytes).toEqual(written);
        expect(read.text).toBe(text);
      }),
    );
  });

  it('takes what Node takes for an address, zones apart, and nothing else', () => {
    const part = fc.constantFrom(
      '0',
      '1',
      'ffff',
      '2001',
      'db8',
      '00',
      '1.2.3.4',
      '203.0.113.10',
      '255',
      '256',
      '12345',
      '',
    );
    const separator = fc.constantFrom(':', '::', '.', '%', '/');
    const text = fc
      .array(fc.tuple(part, separator), { maxLength: 9 })
      .map((pairs) => pairs.flat().slice(0, -1).join(''));
    fc.assert(
      fc.property(text, (written) => {
        const expected = isIP(written) !== 0 && !written.includes('%');
        let accepted = true;
        try {
          const { text: canonical } = parseAddress(written);
          expect(parseAddress(canonical).text).toBe(canonical);
        } catch (error) {
          expect(error).toMatchObject({ code: 'TG1007' });
          accepted = false;
        }
        expect(`${written} ${accepted}`).toBe(`${written} ${expected}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('formatAddress refuses another number of bytes', () => {
    expect(() => formatAddress(new Uint8Array(4))).toThrow('An address has 16 bytes, but 4 were given.');
  });
});
