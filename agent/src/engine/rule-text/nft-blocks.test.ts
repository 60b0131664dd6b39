import { expect, test } from 'vitest';
import { nftablesDrop, nftablesLimit, nftablesSynproxy } from './index.ts';

const match = { destination: '203.0.113.10/32', protocol: 17, sourcePorts: [{ from: 53, to: 53 }] };

test('a block makes its table and its chain', () => {
  expect(nftablesDrop(match)).toBe(`table inet tidegate_suggested {
  chain prerouting {
    type filter hook prerouting priority -450; policy accept;
    ip daddr 203.0.113.10/32 ip frag-off & 0x1fff == 0 meta l4proto 17 th sport 53 counter drop
  }
}`);
});

test('a limit drops what is above it', () => {
  expect(nftablesLimit(match, 2000)).toContain('th sport 53 limit rate over 2000/second counter drop');
});

test('a rule for IPv6 ports keeps off fragments, whose bytes behind the header are no ports', () => {
  const six = { ...match, destination: '2001:db8::10/128' };
  expect(nftablesDrop(six)).toContain('    exthdr frag missing ip6 daddr 2001:db8::10/128 meta l4proto 17');
  expect(nftablesDrop({ destination: '2001:db8::10/128', protocol: 47 })).not.toContain('exthdr');
});

test('a SYN proxy sends requests past connection tracking, and answers what is not tracked', () => {
  const text = nftablesSynproxy({
    destination: '203.0.113.10/32',
    protocol: 6,
    destinationPorts: [{ from: 443, to: 443 }],
  });
  expect(text).toContain('th dport 443 tcp flags & (fin | syn | rst | ack) == syn notrack');
  expect(text).toContain('ct state { invalid, untracked } synproxy mss 1460 wscale 7 timestamp sack-perm');
});
