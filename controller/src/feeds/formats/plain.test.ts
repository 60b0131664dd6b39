import { describe, expect, it } from 'vitest';
import { readText, textsOf } from '../testkit/texts.ts';

const list = `# Example list
; another comment

45.0.0.7
45.0.1.0/24   # a network
\t2a00:1::7 ; one address
2a00:2::/32
45.0.0.300
45.0.2.7/24
45.0.0.1-45.0.0.9
evil.example
`;

describe('plain', () => {
  it('reads addresses and prefixes, and says what is neither, by line', () => {
    const reading = readText('plain', list);
    expect(textsOf(reading.entries)).toEqual(['45.0.0.7/32', '45.0.1.0/24', '2a00:1::7/128', '2a00:2::/32']);
    expect(reading.rejected).toEqual({
      count: 4,
      examples: [
        { line: 8, reason: '"45.0.0.300" is not an IPv4 or IPv6 address or prefix.' },
        { line: 9, reason: '"45.0.2.7/24" has host bits set beyond /24.' },
        { line: 10, reason: '"45.0.0.1-45.0.0.9" is not an IPv4 or IPv6 address or prefix.' },
        { line: 11, reason: '"evil.example" is not an IPv4 or IPv6 address or prefix.' },
      ],
    });
    expect(reading).toMatchObject({ skipped: 0, announced: null, credit: null });
  });

  it('takes the ends of lines of every system, and a last line without one', () => {
    expect(textsOf(readText('plain', '\ufeff45.0.0.1\r\n45.0.0.2\r\n45.0.0.3').entries)).toEqual([
      '45.0.0.1/32',
      '45.0.0.2/32',
      '45.0.0.3/32',
    ]);
  });
});
