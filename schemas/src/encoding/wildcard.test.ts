import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wildcardMatches } from './wildcard.ts';

describe('wildcardMatches', () => {
  it.each([
    ['syn_flood', 'syn_flood', true],
    ['syn_flood', 'syn_floods', false],
    ['syn', 'syn_flood', false],
    ['s*n_*d', 'syn_flood', true],
    ['*', 'syn_flood', true],
    ['*_amplification', 'dns_amplification', true],
    ['*_amplification', 'dns_query_flood', false],
    ['udp_*', 'udp_flood', true],
    ['udp_*', 'icmp_flood', false],
    ['*_fragment_*', 'ip_fragment_flood', true],
    ['a*a', 'a', false],
    ['*a*b*', 'xbxa', false],
    ['**', '', true],
    ['edge-*.example', 'edge-1.example', true],
    ['edge-*.example', 'edge-1+example', false],
  ])('%s means %s: %s', (pattern, name, expected) => {
    expect(wildcardMatches(pattern, name)).toBe(expected);
  });

  it('is what the regular expression says, without its cost', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
    fc.assert(
      fc.property(pattern, letters, (stars, name) => {
        expect(wildcardMatches(stars, name)).toBe(new RegExp(`^${stars.replaceAll('*', '.*')}$`).test(name));
      }),
      { numRuns: 1000 },
    );
  });
});
