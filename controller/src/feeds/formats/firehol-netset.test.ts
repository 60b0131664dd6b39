import { describe, expect, it } from 'vitest';
import { readText, textsOf } from '../testkit/texts.ts';

const head = (entries: string): string => `#
# example_level1
#
# ipv4 hash:net ipset
#
# This File Date  : Wed Nov 25 04:41:57 UTC 2026
# Entries         : ${entries}
#
`;

describe('firehol-netset', () => {
  it('reads the entries below its head, and how many it announces', () => {
    const reading = readText(
      'firehol-netset',
      `${head('4 subnets, 611184833 unique IPs')}0.0.0.0/8\n1.10.16.0/20\n45.0.0.7\n2a00::/32\n`,
    );
    expect(textsOf(reading.entries)).toEqual(['0.0.0.0/8', '1.10.16.0/20', '45.0.0.7/32', '2a00::/32']);
    expect(reading).toMatchObject({ announced: 4, rejected: { count: 0 } });
  });

  it('an ipset announces addresses', () => {
    expect(readText('firehol-netset', `${head('2364 unique IPs')}45.0.0.7\n`).announced).toBe(2364);
  });

  it('rejects what is no entry', () => {
    const { rejected } = readText('firehol-netset', '<html>\n45.0.0.0/24 ; SBL1\n');
    expect(rejected.examples.map(({ line }) => line)).toEqual([1, 2]);
  });
});
