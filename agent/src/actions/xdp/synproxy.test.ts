import { describe, expect, test } from 'vitest';
import type { RuleRequest } from '../backend.ts';
import { openSynproxyHost, synproxyFault, type SynproxyHost } from './synproxy.ts';

const former = { read: () => undefined, write: () => undefined, remove: () => undefined };
const syncookies = { refusal: () => null, require: () => undefined, restore: () => undefined };

/** A server at 203.0.113.10 and 2001:db8::10 that listens to ports 80 and 443. */
const server: SynproxyHost = {
  syncookies,
  isLocal: (address) => ['203.0.113.10', '2001:db8::10'].includes(address),
  closedPorts: (_, ports) => ports.filter((port) => port !== 80 && port !== 443),
  hiddenVlans: () => [],
};

const port = (number: number) => ({ from: number, to: number });
const fault = (
  match: Partial<RuleRequest['match']>,
  host: SynproxyHost | undefined = server,
): string | null =>
  synproxyFault(
    {
      id: 'mit-0000000000000001',
      match: { destination: '203.0.113.10/32', protocol: 6, destinationPorts: [port(80)], ...match },
      ttlMs: 1000,
      verdict: 'synproxy',
    },
    host,
    ['eth0'],
  );

describe('SYNs can be answered', () => {
  test.each(['203.0.113.10/32', '2001:db8::10/128'])('for open ports of %s', (destination) => {
    expect(fault({ destination, destinationPorts: [port(80), port(443)] })).toBeNull();
  });
});

describe('SYNs cannot be answered', () => {
  test.each([
    ['for a prefix', { destination: '203.0.113.0/24' }, 'is a prefix'],
    ['for all ports', { destinationPorts: undefined }, 'takes destinationPorts'],
    ['for very many ports', { destinationPorts: [{ from: 1, to: 65 }] }, 'these are 65'],
    ['for another machine', { destination: '203.0.113.11/32' }, 'no address of this server'],
    ['for closed ports', { destinationPorts: [{ from: 79, to: 81 }] }, 'listens to 203.0.113.10 port 79, 81'],
  ] as [string, Partial<RuleRequest['match']>, string][])('%s', (_, match, reason) => {
    expect(fault(match)).toContain(reason);
  });

  test('on a node that answers none', () => {
    expect(
      synproxyFault(
        {
          id: 'mit-0000000000000001',
          match: { destination: '203.0.113.10/32' },
          ttlMs: 1,
          verdict: 'synproxy',
        },
        undefined,
        [],
      ),
    ).toContain('answers no SYNs');
  });

  test('in VLANs whose tags are not seen', () => {
    const host = { ...server, hiddenVlans: (below: readonly string[]) => below.map((name) => `${name}.7`) };
    expect(fault({}, host)).toContain('eth0.7');
  });

  test('while the sysctl forbids it', () => {
    const host = { ...server, syncookies: { ...syncookies, refusal: () => 'it takes 2' } };
    expect(fault({}, host)).toBe('it takes 2');
  });
});

test('this machine has its loopback addresses, and nobody else’s', () => {
  const host = openSynproxyHost(former);
  expect(host.isLocal('127.0.0.1')).toBe(true);
  expect(host.isLocal('192.0.2.77')).toBe(false);
});
