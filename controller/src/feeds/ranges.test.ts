import { addressBytes, cidrCovers, formatAddress, parseCidr } from '@tidegate/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixRanges, type Overlap } from './ranges.ts';

function overlapOf(ranges: PrefixRanges, text: string): Overlap {
  const { family, bytes, length } = parseCidr(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  if (family === 4) return ranges.v4(view.getUint32(12), length);
  return ranges.v6((view.getBigUint64(0) << 64n) | view.getBigUint64(8), length);
}

/** Prefixes that nest often. */
const prefix = fc.oneof(
  fc.tuple(
    fc.constantFrom('45.0.0.0', '45.0.0.128', '45.0.7.0', '45.128.0.0'),
    fc.integer({ min: 6, max: 32 }),
  ),
  fc.tuple(
    fc.constantFrom('2a00::', '2a00:0:0:8::', '2a00:8000::', '2a00::8'),
    fc.integer({ min: 14, max: 128 }),
  ),
);
const text = prefix.map(([address, length]) => {
  const kept = address.includes(':') ? length : length + 96;
  const network = addressBytes(address).map(
    (byte, index) => byte & ~(0xff >> Math.min(8, Math.max(0, kept - index * 8))),
  );
  return `${formatAddress(network)}/${length}`;
});

describe('PrefixRanges', () => {
  it('agrees with a comparison one by one', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 12 }), text, (prefixes, entry) => {
        const inside = prefixes.some((one) => cidrCovers(one, entry));
        const contains = prefixes.some((one) => cidrCovers(entry, one));
        const expected = inside ? 'inside' : contains ? 'contains' : 'apart';
        expect(overlapOf(new PrefixRanges(prefixes), entry)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps the families apart', () => {
    const ranges = new PrefixRanges(['::/0']);
    expect(overlapOf(ranges, '45.0.0.0/8')).toBe('apart');
    expect(overlapOf(ranges, '2a00::/16')).toBe('inside');
    expect(overlapOf(new PrefixRanges([]), '0.0.0.0/0')).toBe('apart');
  });

  it('refuses what is no prefix', () => {
    expect(() => new PrefixRanges(['45.0.0.7/8'])).toThrow(expect.objectContaining({ code: 'TG1007' }));
  });
});
