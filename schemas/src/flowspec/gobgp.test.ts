import { expect, test } from 'vitest';
import type { TrafficMatch } from '../shapes/index.ts';
import { flowspecMatch } from './from-match.ts';
import { gobgpCommand } from './gobgp.ts';
import type { FlowspecAction } from './rule.ts';

const commandOf = (match: TrafficMatch, ...actions: FlowspecAction[]): string =>
  gobgpCommand({ match: flowspecMatch(match), actions });

// Each of these was taken by GoBGP 3.10 and read back from its table as it was meant.
test('ports, lengths and fragments', () => {
  const match = {
    destination: '203.0.113.10/32',
    source: '198.51.100.0/24',
    protocol: 17,
    sourcePorts: [{ from: 53, to: 53 }],
    destinationPorts: [
      { from: 80, to: 80 },
      { from: 1000, to: 2000 },
    ],
    packetLengths: [{ from: 1200, to: 1400 }],
    fragment: true,
  };
  expect(commandOf(match, { type: 'discard' })).toBe(
    "gobgp global rib add -a ipv4-flowspec match destination 203.0.113.10/32 source 198.51.100.0/24 protocol '==17' destination-port '==80' '>=1000&<=2000' source-port '==53' packet-length '>=1200&<=1400' fragment 'is-fragment' then discard",
  );
});

test('flags that must be there and flags that must not, and a limit in bytes per second', () => {
  const match = {
    destination: '2001:db8::10/128',
    protocol: 6,
    tcpFlags: { mask: 0x17, value: 0x02 },
    fragment: false,
  };
  expect(commandOf(match, { type: 'limit', bytesPerSecond: 125_000 })).toBe(
    "gobgp global rib add -a ipv6-flowspec match destination 2001:db8::10/128 protocol '==6' tcp-flags '=S&!FRA' fragment '!is-fragment' then rate-limit 125000",
  );
  const none = { ...match, tcpFlags: { mask: 0x1f, value: 0 } };
  expect(commandOf(none, { type: 'discard' })).toContain("tcp-flags '!FSRPA'");
});

test('a destination that is no prefix never gets into a shell', () => {
  expect(() => commandOf({ destination: '203.0.113.10/32; reboot' }, { type: 'discard' })).toThrow();
});
