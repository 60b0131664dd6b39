import { expect, test } from 'vitest';
import { captureFilter, wordPrefix } from './filter.ts';

test('names the prefixes, in canonical form', () => {
  expect(captureFilter(['203.0.113.0/24', '2001:DB8:0::/48'], false)).toBe(
    'inbound and (dst net 203.0.113.0/24 or dst net 2001:db8::/48)',
  );
});

test('looks behind VLAN tags last', () => {
  expect(captureFilter(['203.0.113.0/24'], true)).toBe(
    'inbound and (dst net 203.0.113.0/24 or (vlan and (dst net 203.0.113.0/24 or (vlan and (dst net 203.0.113.0/24)))))',
  );
});

test('takes all IP where there are too many prefixes for one program', () => {
  const many = Array.from({ length: 65 }, (_, index) => `10.0.${index}.0/24`);
  expect(captureFilter(many, false)).toBe('inbound and (ip or ip6)');
});

test.each([
  ['203.0.113.0/24', [0, 0, 0xffff, 0xcb007100 | 0], [-1, -1, -1, -256]],
  ['0.0.0.0/0', [0, 0, 0xffff, 0], [-1, -1, -1, 0]],
  ['2001:db8:10::/44', [0x20010db8, 0x00100000, 0, 0], [-1, 0xfff00000 | 0, 0, 0]],
  ['2001:db8::1/128', [0x20010db8, 0, 0, 1], [-1, -1, -1, -1]],
])('%s as words', (cidr, value, mask) => {
  expect(wordPrefix(cidr)).toEqual({ value, mask });
});
