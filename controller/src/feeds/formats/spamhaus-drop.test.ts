import { describe, expect, it } from 'vitest';
import { readText, textsOf } from '../testkit/texts.ts';

describe('spamhaus-drop', () => {
  it('reads JSON lines and their metadata', () => {
    const reading = readText(
      'spamhaus-drop',
      [
        '{"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}',
        '{"cidr":"2a06:e480::/29","sblid":"SBL1","rir":"ripencc"}',
        '{"type":"metadata","timestamp":1790329442,"size":104461,"records":2,"copyright":"(c) 2026 The Spamhaus Project SLU","terms":"https://www.spamhaus.org/drop/terms/"}',
      ].join('\n'),
    );
    expect(textsOf(reading.entries)).toEqual(['1.10.16.0/20', '2a06:e480::/29']);
    expect(reading).toMatchObject({
      announced: 2,
      credit: '(c) 2026 The Spamhaus Project SLU, https://www.spamhaus.org/drop/terms/',
      rejected: { count: 0, examples: [] },
    });
  });

  it('reads the older text', () => {
    const reading = readText(
      'spamhaus-drop',
      `; Spamhaus DROP List 2026/11/25 - (c) 2026 The Spamhaus Project SLU
; https://www.spamhaus.org/drop/drop.txt
; Last-Modified: Wed, 25 Nov 2026 14:20:51 GMT
1.10.16.0/20 ; SBL256894
1.19.0.0/16 ; SBL434604
`,
    );
    expect(textsOf(reading.entries)).toEqual(['1.10.16.0/20', '1.19.0.0/16']);
    expect(reading.credit).toBe('Spamhaus DROP List 2026/11/25 - (c) 2026 The Spamhaus Project SLU');
  });

  it('rejects, by line, what it cannot read', () => {
    const { entries, rejected } = readText(
      'spamhaus-drop',
      [
        '{"cidr":"1.10.16.0/20"',
        '{"asn":208046}',
        '{"cidr":7}',
        '{"cidr":"bad"}',
        '[1]',
        '{"type":"metadata"}',
      ].join('\n'),
    );
    expect(entries.size).toBe(0);
    expect(rejected.examples).toEqual([
      { line: 1, reason: 'is not JSON' },
      { line: 2, reason: 'has no cidr' },
      { line: 3, reason: 'has no cidr' },
      { line: 4, reason: '"bad" is not an IPv4 or IPv6 address or prefix.' },
      { line: 5, reason: '"[1]" is not an IPv4 or IPv6 address or prefix.' },
    ]);
  });
});
