import { describe, expect, it } from 'vitest';
import { readBirdFlow } from './bird.ts';

// Each as BIRD 2.0.12 printed it.
describe('what BIRD prints', () => {
  it.each([
    [
      'flow4 { dst 203.0.113.10/32; src 198.51.100.0/24; proto 17; dport 80,1000..2000; length 1200..1400; }',
      {
        family: 4,
        destination: '203.0.113.10/32',
        source: '198.51.100.0/24',
        protocols: [{ from: 17, to: 17 }],
        destinationPorts: [
          { from: 80, to: 80 },
          { from: 1000, to: 2000 },
        ],
        packetLengths: [{ from: 1200, to: 1400 }],
      },
    ],
    [
      'flow4 { dst 10.0.0.0/8; tcp flags 0x2/0x2 && 0x0/0x15 || 0x7/0x7; fragment !!dont_fragment && !is_fragment; }',
      {
        family: 4,
        destination: '10.0.0.0/8',
        tcpFlags: [
          { mask: 7, value: 7 },
          { mask: 0x17, value: 2 },
        ],
        fragment: [{ mask: 3, value: 1 }],
      },
    ],
    [
      'flow6 { dst 2001:db8::/32; next header 58; icmp type 128; label 5..9; }',
      {
        family: 6,
        destination: '2001:db8::/32',
        protocols: [{ from: 58, to: 58 }],
        icmpTypes: [{ from: 128, to: 128 }],
        flowLabels: [{ from: 5, to: 9 }],
      },
    ],
  ])('%s is read', (text, match) => {
    expect(readBirdFlow(text)).toEqual({ ok: true, match });
  });

  it.each([
    ['', 'it is no flow'],
    ['flow4 { proto 6; }', 'it has no destination'],
    ['flow4 { dst any; }', 'any is no prefix'],
    ['flow4 { dst 10.0.0.0/8; proto !6; }', '"!6" is no test of a number'],
    ['flow4 { dst 10.0.0.0/8; port 9..5; }', 'nothing passes "9..5"'],
    ['flow4 { dst 10.0.0.0/8; tcp flags 0x2; }', '"0x2" is no test of bits'],
    ['flow4 { dst 10.0.0.0/8; ttl 5; }', '"ttl 5" is not understood'],
    [
      'flow4 { dst 10.0.0.0/8; fragment !is_frag ...} ',
      'BIRD cut it off: it prints no more than some 250 characters',
    ],
  ])('%s is not understood', (text, reason) => {
    expect(readBirdFlow(text)).toEqual({ ok: false, reason });
  });
});
