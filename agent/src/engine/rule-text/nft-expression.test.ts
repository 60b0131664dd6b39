import { expect, test } from 'vitest';
import { matchExpression } from './nft-expression.ts';

test('a destination alone', () => {
  expect(matchExpression({ destination: '203.0.113.7/32' })).toBe('ip daddr 203.0.113.7/32');
  expect(matchExpression({ destination: '2001:db8::/48' })).toBe('ip6 daddr 2001:db8::/48');
});

test('every condition, single ranges without a set', () => {
  const match = {
    destination: '2001:db8::7/128',
    source: '2001:db8:1::/48',
    protocol: 17,
    sourcePorts: [{ from: 53, to: 53 }],
    destinationPorts: [
      { from: 80, to: 80 },
      { from: 1024, to: 65535 },
    ],
    packetLengths: [{ from: 1200, to: 1400 }],
  };
  expect(matchExpression(match)).toBe(
    'ip6 daddr 2001:db8::7/128 ip6 saddr 2001:db8:1::/48 meta l4proto 17 th sport 53 th dport { 80, 1024-65535 } meta length 1200-1400',
  );
});

test('TCP flags, and for IPv4 no trailing fragment', () => {
  const match = { destination: '203.0.113.7/32', protocol: 6, tcpFlags: { mask: 18, value: 2 } };
  expect(matchExpression(match)).toBe(
    'ip daddr 203.0.113.7/32 ip frag-off & 0x1fff == 0 meta l4proto 6 tcp flags & 18 == 2',
  );
});

test('ports without a protocol mean TCP and UDP', () => {
  const match = { destination: '2001:db8::7/128', destinationPorts: [{ from: 53, to: 53 }] };
  expect(matchExpression(match)).toBe('ip6 daddr 2001:db8::7/128 meta l4proto { 6, 17 } th dport 53');
});
