import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { feedLimits, FeedParser } from './parser.ts';
import { feedFormats } from './registry.ts';
import { readText, textsOf } from './testkit/texts.ts';

const parser = (): FeedParser => new FeedParser('test', feedFormats.plain);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('FeedParser', () => {
  it('reads the same however the bytes are cut', () => {
    const text = '45.0.0.1\r\n\n# “comment” – with more bytes than characters\nno\n2a00::7\n45.0.0.0/24';
    const whole = readText('plain', text, 10_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (pieceBytes) => {
        const reading = readText('plain', text, pieceBytes);
        expect(textsOf(reading.entries)).toEqual(['45.0.0.1/32', '45.0.0.0/24', '2a00::7/128']);
        expect(reading.rejected).toEqual(whole.rejected);
      }),
    );
    expect(whole.rejected).toMatchObject({ count: 1, examples: [{ line: 4 }] });
  });

  it('never fails on bytes that are no text, in any format', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(feedFormats)),
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.string().map(utf8)), { maxLength: 20 }),
        (format, pieces) => {
          const reader = new FeedParser('test', format);
          for (const piece of pieces) reader.push(piece);
          const { entries, rejected, skipped } = reader.end();
          expect(entries.size + rejected.count + skipped).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('passes over a line that is too long, and reads on', () => {
    const long = 'x'.repeat(feedLimits.lineCharactersMax + 1);
    for (const pieceBytes of [100, 5000, 100_000]) {
      const { entries, rejected } = readText(
        'plain',
        `45.0.0.1\n${long}${long}\n45.0.0.2\n${long}`,
        pieceBytes,
      );
      expect(textsOf(entries)).toEqual(['45.0.0.1/32', '45.0.0.2/32']);
      expect(rejected).toEqual({
        count: 2,
        examples: [2, 4].map((line) => ({ line, reason: 'is longer than 4096 characters' })),
      });
    }
    expect(readText('plain', `45.0.0.1 # ${'x'.repeat(4085)}\n`).entries.size).toBe(1);
  });

  it('keeps a few examples and counts the rest', () => {
    const { rejected } = readText('plain', 'bad\n'.repeat(1000), 4096);
    expect(rejected.count).toBe(1000);
    expect(rejected.examples).toHaveLength(feedLimits.examplesMax);
  });

  it('refuses more bytes than it may have', () => {
    const reader = parser();
    const megabyte = utf8(`#${'x'.repeat(2046)}\n`.repeat(512));
    for (let index = 0; index < 256; index++) reader.push(megabyte);
    expect(() => reader.push(utf8('\n'))).toThrow(expect.objectContaining({ code: 'TG3013' }));
  });

  it('refuses more entries than it may have', () => {
    const reader = parser();
    const thousand = utf8('45.0.0.1\n'.repeat(10_000));
    for (let index = 0; index < 200; index++) reader.push(thousand);
    expect(() => reader.push(utf8('45.0.0.1\n'))).toThrow('Feed test has more than 2000000 entries.');
  });
});
