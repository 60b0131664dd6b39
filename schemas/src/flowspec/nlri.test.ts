/** Bytes, against examples of the RFCs and of GoBGP, and against rules by chance. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalMatch } from './canonical.ts';
import { decodeNlri, encodeNlri, nlriBytesMax } from './nlri.ts';
import type { FlowspecMatch } from './rule.ts';
import { flowspecRules } from './testkit/rules.ts';
import { flowspecProblems } from './validate.ts';

const hex = (match: FlowspecMatch): string =>
  [...encodeNlri(match)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text.split(' ').map((byte) => Number.parseInt(byte, 16)));

describe('the bytes of RFC 8955', () => {
  it('section 4.3.1: packets to 192.0.2.0/24 and TCP port 25', () => {
    const match = {
      family: 4,
      destination: '192.0.2.0/24',
      protocols: [{ from: 6, to: 6 }],
      ports: [{ from: 25, to: 25 }],
    } as const;
    expect(hex(match)).toBe('01 18 c0 00 02 03 81 06 04 81 19');
  });

  it('section 4.3.2: from 203.0.113.0/24, and ports 137 to 139 or 8080', () => {
    const match = {
      family: 4,
      destination: '192.0.2.0/24',
      source: '203.0.113.0/24',
      ports: [
        { from: 8080, to: 8080 },
        { from: 137, to: 139 },
      ],
    } as const;
    expect(hex(match)).toBe('01 18 c0 00 02 02 18 cb 00 71 04 03 89 45 8b 91 1f 90');
  });

  it('RFC 8956, section 3.8.1: an upper-layer protocol of IPv6', () => {
    const match = {
      family: 6,
      destination: '2001:db8::/32',
      protocols: [{ from: 17, to: 17 }],
    } as const;
    expect(hex(match)).toBe('01 20 00 20 01 0d b8 03 81 11');
  });

  it('flags that must be there and flags that must not are two tests', () => {
    const match = {
      family: 4,
      destination: '192.0.2.0/24',
      tcpFlags: [{ mask: 0x12, value: 0x02 }],
    } as const;
    expect(hex(match)).toBe('01 18 c0 00 02 09 01 02 c2 10');
  });
});

describe('reading', () => {
  it.each([
    ['half a prefix', '01 18 c0 00', 'it ends in the middle of a component'],
    ['a prefix of 33 bits', '01 21 c0 00 02 01 80', 'a prefix length of 33 is more than 32'],
    ['no destination', '03 81 06', 'it has no destination'],
    ['components out of order', '01 08 0a 04 81 19 03 81 06', 'component 3 stands behind component 4'],
    ['a component twice', '01 08 0a 03 81 06 03 81 11', 'component 3 stands behind component 3'],
    ['a component of the future', '01 08 0a 63 81 06', 'component 99 is not known'],
    ['"and" in the first test', '01 08 0a 03 c1 06', 'its first test is joined to nothing'],
    ['the operator for never', '01 08 0a 03 80 06', 'operator 0 cannot be said here'],
    ['the operator for always', '01 08 0a 03 87 06', 'operator 7 cannot be said here'],
    ['"not equal"', '01 08 0a 03 86 06', 'operator 6 cannot be said here'],
    ['a range that nothing is in', '01 08 0a 04 03 20 c5 10', 'a test that nothing passes'],
    ['a fragment bit that is none', '01 08 0a 0c 80 10', 'a test of the bits 16'],
    ['a flow label of IPv4', '01 08 0a 0d 81 05', 'IPv4 has no component 13'],
    ['any of several flags', '01 08 0a 09 80 12', 'operator 0 on 18 cannot be said here'],
  ])('%s is refused', (_, text, reason) => {
    expect(decodeNlri(bytesOf(text), 4)).toEqual({ ok: false, reason });
  });

  it('a test written in another way is the same rule', () => {
    // Greater than 136 and less than 140.
    expect(decodeNlri(bytesOf('01 18 c0 00 02 04 02 88 c4 8c'), 4)).toEqual({
      ok: true,
      match: { family: 4, destination: '192.0.2.0/24', ports: [{ from: 137, to: 139 }] },
    });
  });
});

describe('rules by chance', () => {
  const numRuns = process.env['TIDEGATE_TEST_FULL'] === '1' ? 100_000 : 3000;
  const seed = Number(process.env['TIDEGATE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

  it(`are read as they were written (seed ${seed})`, { timeout: 600_000 }, () => {
    let sound = 0;
    fc.assert(
      fc.property(flowspecRules, ({ match, actions }) => {
        const bytes = encodeNlri(match);
        expect(decodeNlri(bytes, match.family)).toEqual({ ok: true, match: canonicalMatch(match) });
        expect(encodeNlri(canonicalMatch(match))).toEqual(bytes);
        const problems = flowspecProblems({ match, actions });
        expect(problems.length === 0).toBe(bytes.length <= nlriBytesMax);
        if (problems.length === 0) sound += 1;
      }),
      { numRuns, seed },
    );
    console.log(`flowspec: ${sound} of ${numRuns} rules sound, seed ${seed}`);
  });

  it(
    `that were damaged are never let through as sound where they are not (seed ${seed})`,
    { timeout: 600_000 },
    () => {
      const junk = fc.oneof(
        fc.constantFrom<unknown>(Number.NaN, Infinity, -1, 2 ** 32, 2 ** 53, 0.5, '', null, [], {}, '::/129'),
        fc.jsonValue(),
      );
      fc.assert(
        fc.property(flowspecRules, fc.nat(), junk, (rule, at, value) => {
          const damaged = structuredClone(rule) as unknown as Record<string, unknown>;
          const places = placesOf(damaged);
          const [holder, key] = places[at % places.length]!;
          (holder as Record<string, unknown>)[key] = value;
          if (flowspecProblems(damaged).length > 0) return;
          const { match } = damaged as unknown as { match: FlowspecMatch };
          const bytes = encodeNlri(match);
          expect(bytes.length).toBeLessThanOrEqual(nlriBytesMax);
          expect(decodeNlri(bytes, match.family)).toEqual({ ok: true, match: canonicalMatch(match) });
        }),
        { numRuns, seed },
      );
    },
  );

  it(`of bytes never throw, and what is read is what is written (seed ${seed})`, { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom<4 | 6>(4, 6), (noise, family) => {
        const bytes = Uint8Array.from([1, 8, ...(family === 6 ? [0] : []), 32, ...noise]);
        for (const one of [bytes, noise]) {
          const reading = decodeNlri(one, family);
          if (reading.ok)
            expect(decodeNlri(encodeNlri(reading.match), family)).toEqual({ ok: true, match: reading.match });
        }
      }),
      { numRuns, seed },
    );
  });
});

/** Every object and list inside, with each of its keys. */
function placesOf(value: unknown): [object, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): [object, string][] => [
    [value, key],
    ...placesOf(inner),
  ]);
}
