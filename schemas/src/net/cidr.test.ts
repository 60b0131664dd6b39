import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress } from './address.ts';
import { cidrContains, cidrCovers, cidrIsIpv4, parseCidr, readCidr } from './cidr.ts';

describe('readCidr', () => {
  it.each([
    ['203.0.113.0/24', '203.0.113.0/24', 4],
    ['0.0.0.0/0', '0.0.0.0/0', 4],
    ['203.0.113.10/32', '203.0.113.10/32', 4],
    ['2001:DB8:10::/48', '2001:db8:10::/48', 6],
    ['::/0', '::/0', 6],
    ['2001:db8::1/128', '2001:db8::1/128', 6],
  ] as const)('reads %s', (text, canonical, family) => {
    expect(readCidr(text)).toMatchObject({ ok: true, value: { text: canonical, family } });
  });

  it.each([
    ['203.0.113.5/24', 'host bits', '203.0.113.0/24'],
    ['10.1.2.3/0', 'host bits', '0.0.0.0/0'],
    ['2001:db8:10::1/48', 'host bits', '2001:db8:10::/48'],
    ['203.0.113.0', 'no prefix length', '203.0.113.0/32'],
    ['2001:db8::', 'no prefix length', '2001:db8::/128'],
    ['203.0.113.0/33', 'bad prefix length', null],
    ['203.0.113.0/', 'bad prefix length', null],
    ['203.0.113.0/024', 'bad prefix length', null],
    ['203.0.113.0/-1', 'bad prefix length', null],
    ['203.0.113.0/255.255.255.0', 'bad prefix length', null],
    ['2001:db8::/129', 'bad prefix length', null],
    ['::ffff:203.0.113.0/120', 'IPv4 prefix in IPv6 clothes', '203.0.113.0/24'],
    ['::ffff:203.0.113.0/24', 'IPv4 prefix in IPv6 clothes', null],
    ['203.0.113/24', 'not an IPv4 or IPv6 prefix', null],
    ['office', 'not an IPv4 or IPv6 prefix', null],
    ['', 'not an IPv4 or IPv6 prefix', null],
  ])('refuses %j: %s, suggests %j', (text, message, suggestion) => {
    const reading = readCidr(text);
    expect(reading).toMatchObject({ ok: false, suggestion });
    expect(!reading.ok && reading.message).toContain(message);
    expect(() => parseCidr(text)).toThrow(expect.objectContaining({ code: 'TG1007' }));
  });

  it('suggests what it accepts', () => {
    const address = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatAddress);
    fc.assert(
      fc.property(address, fc.nat(140), (text, length) => {
        const reading = readCidr(`${text}/${length}`);
        if (!reading.ok && reading.suggestion !== null)
          expect(readCidr(reading.suggestion)).toMatchObject({ ok: true });
      }),
    );
  });

  it('keeps a long text out of its message', () => {
    const reading = readCidr('x'.repeat(100_000));
    expect(!reading.ok && reading.message.length).toBeLessThan(200);
  });
});

describe('cidrContains', () => {
  it.each([
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.128/25', '203.0.113.127', false],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['::/0', '198.51.100.1', false],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8:10::/48', '2001:db8:10:ffff::1', true],
    ['2001:db8:10::/48', '2001:db8:11::', false],
    ['203.0.113.10/32', '::ffff:203.0.113.10', true],
  ])('%s contains %s: %s', (cidr, address, expected) => {
    expect(cidrContains(cidr, address)).toBe(expected);
    expect(cidrContains(parseCidr(cidr), address)).toBe(expected);
  });

  it('agrees with the bits', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(32), (left, right, length) => {
        const dotted = (value: number): string =>
          [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
        const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
        const prefix = `${dotted((left & mask) >>> 0)}/${length}`;
        expect(cidrContains(prefix, dotted(right))).toBe(((left ^ right) & mask) === 0);
      }),
    );
  });
});

describe('cidrCovers', () => {
  it.each([
    ['203.0.113.0/24', '203.0.113.0/24', true],
    ['203.0.113.0/24', '203.0.113.64/26', true],
    ['203.0.113.64/26', '203.0.113.0/24', false],
    ['203.0.113.0/24', '203.0.112.0/26', false],
    ['::/0', '203.0.113.0/24', false],
    ['2001:db8::/32', '2001:db8:10::/48', true],
  ])('%s covers %s: %s', (outer, inner, expected) => {
    expect(cidrCovers(outer, inner)).toBe(expected);
  });
});

it('cidrIsIpv4', () => {
  expect([cidrIsIpv4('10.0.0.0/8'), cidrIsIpv4('2001:db8::/32')]).toEqual([true, false]);
});
