import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64, toHex, utf8 } from './bytes.ts';

describe('base64', () => {
  // RFC 4648, section 10.
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('of %j is %s', (text, encoded) => {
    expect(toBase64(utf8(text))).toBe(encoded);
    expect(fromBase64(encoded)).toEqual(utf8(text));
  });

  it.each([
    ['no padding', 'Zg'],
    ['bits that stand for nothing', 'Zh=='],
    ['white space', 'Zm9v\n'],
    ['white space inside', 'Zm 9v'],
    ['the URL alphabet', 'Zm_v'],
    ['too much padding', 'Zm9v===='],
    ['no base64 at all', 'ä'],
  ])('refuses %s', (_, text) => {
    expect(() => fromBase64(text)).toThrow(expect.objectContaining({ code: 'TG1014' }));
  });

  it('comes back as it went, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
      }),
    );
  });

  it('has one spelling for each value: what is accepted is written back the same', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'AQgw048+/=_- \n'.split('')), maxLength: 12 }),
        (text) => {
          let bytes: Uint8Array;
          try {
            bytes = fromBase64(text);
          } catch {
            return;
          }
          expect(toBase64(bytes)).toBe(text);
        },
      ),
    );
  });
});
