import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { families, familyMatches } from './families.ts';

describe('familyMatches', () => {
  it.each([
    ['syn_flood', 'syn_flood', true],
    ['syn_flood', 'syn_floods', false],
    ['*', 'syn_flood', true],
    ['*_amplification', 'dns_amplification', true],
    ['*_amplification', 'dns_query_flood', false],
    ['udp_*', 'udp_flood', true],
    ['udp_*', 'icmp_flood', false],
    ['*_fragment_*', 'ip_fragment_flood', true],
    ['a*a', 'a', false],
    ['*a*b*', 'xbxa', false],
    ['**', '', true],
  ])('%s means %s: %s', (pattern, family, expected) => {
    expect(familyMatches(pattern, family)).toBe(expected);
  });

  it('is what the regular expression says, without its cost', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
    fc.assert(
      fc.property(pattern, letters, (stars, family) => {
        expect(familyMatches(stars, family)).toBe(
          new RegExp(`^${stars.replaceAll('*', '.*')}$`).test(family),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

it('families have names that the shapes accept, each once', () => {
  expect(families.filter((family) => !/^[a-z][a-z0-9_]{1,47}$/.test(family))).toEqual([]);
  expect(new Set(families).size).toBe(families.length);
});
