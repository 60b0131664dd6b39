/** Who is protected, from whom, and by which rules while frames are made up: every condition that a rule can have. */
import type { ReferenceRule } from '../reference/index.ts';

export const protect = ['203.0.113.0/28', '2001:db8:113::/124'] as const;
// The last one begins, where the program looks first, like an IPv4-mapped address.
export const safelist = ['198.51.100.128/25', '2001:db8:5afe::/48', '2001:0:5afe::/48'] as const;

/** Where most frames go, and where some do. */
export const destinations = {
  4: {
    usual: ['203.0.113.1', '203.0.113.2', '203.0.113.14'],
    rare: ['203.0.113.16', '203.0.112.255', '0.0.0.0'],
  },
  6: {
    usual: ['2001:db8:113::1', '2001:db8:113::2', '2001:db8:113::f'],
    rare: ['2001:db8:113::10', '::', '::ffff:cb00:7101'],
  },
} as const;

export const sources = {
  4: ['192.0.2.5', '192.0.2.200', '198.51.100.7', '198.51.100.130'],
  6: ['2001:db8:51::7', '2001:db8:52::7', '2001:db8:5afe::1', '::ffff:c633:6482', 'fe80::1'],
} as const;

const [v4, v6] = ['203.0.113.0/28', '2001:db8:113::/124'];
const one = (port: number) => ({ from: port, to: port });

const matches: readonly Pick<ReferenceRule, 'match' | 'verdict'>[] = [
  {
    verdict: 'drop',
    match: {
      destination: '203.0.113.1/32',
      protocol: 17,
      sourcePorts: [one(53), one(123)],
      packetLengths: [{ from: 60, to: 90 }],
    },
  },
  {
    verdict: 'drop',
    match: {
      destination: v4,
      protocol: 6,
      destinationPorts: [{ from: 80, to: 443 }],
      tcpFlags: { mask: 0x12, value: 2 },
    },
  },
  { verdict: 'count', match: { destination: v4, source: '192.0.2.0/25' } },
  { verdict: 'drop', match: { destination: v4, hopLimits: { from: 0, to: 9 } } },
  { verdict: 'drop', match: { destination: '203.0.113.2/32', protocol: 17, fragment: true } },
  { verdict: 'count', match: { destination: v6, fragment: false } },
  { verdict: 'count', match: { destination: v6, fragment: true } },
  {
    verdict: 'drop',
    match: { destination: v4, protocol: 17, payload: { offset: 2, bytes: 'deadbe', mask: 'fffff0' } },
  },
  { verdict: 'count', match: { destination: v4, protocol: 6, payload: { offset: 0, bytes: 'cafe' } } },
  // What padding looks like, and a checksum that nobody computed.
  { verdict: 'count', match: { destination: v4, protocol: 17, payload: { offset: 0, bytes: '0000' } } },
  { verdict: 'count', match: { destination: v4, protocol: 6, payload: { offset: 0, bytes: '0000' } } },
  {
    verdict: 'drop',
    match: {
      destination: v6,
      protocol: 17,
      payload: { offset: 0, bytes: 'cafe0000deadbeef0000000000000000' },
    },
  },
  { verdict: 'drop', match: { destination: v6, protocol: 58 } },
  { verdict: 'drop', match: { destination: '203.0.113.14/32', protocol: 1 } },
  { verdict: 'drop', match: { destination: v4, protocol: 17, destinationPorts: [{ from: 66, to: 69 }] } },
  { verdict: 'drop', match: { destination: v6, protocol: 17, destinationPorts: [{ from: 540, to: 550 }] } },
  {
    verdict: 'count',
    match: {
      destination: v6,
      packetLengths: [
        { from: 41, to: 59 },
        { from: 1000, to: 65535 },
      ],
    },
  },
  {
    verdict: 'drop',
    match: { destination: v6, source: '2001:db8:51::/48', protocol: 6, tcpFlags: { mask: 255, value: 2 } },
  },
  { verdict: 'count', match: { destination: v4, protocol: 47 } },
  { verdict: 'count', match: { destination: v6, hopLimits: { from: 255, to: 255 } } },
  { verdict: 'count', match: { destination: v4, protocol: 6, tcpFlags: { mask: 0xc0, value: 0x80 } } },
  // What has no ports is no packet from port 0.
  { verdict: 'count', match: { destination: v4, sourcePorts: [one(0)] } },
  { verdict: 'count', match: { destination: v6, destinationPorts: [{ from: 0, to: 80 }], protocol: 6 } },
];

export const rules: readonly ReferenceRule[] = matches.map((rule, index) => ({
  id: `mit-${(index + 1).toString(16).padStart(16, '0')}`,
  ...rule,
}));
