/** Each rail refuses its bad case, and lets the good one pass. */
import { describe, expect, it } from 'vitest';
import type { FlowspecMatch } from '../flowspec/rule.ts';
import { railRefusal } from './rails.ts';
import type { AnnouncementRails, Standing } from './rails.ts';
import type { BgpRoute } from './route.ts';

const rails: AnnouncementRails = {
  owned: ['203.0.113.0/24', '2001:db8::/32'],
  peerings: ['203.0.113.1', '192.0.2.1', '2001:db8::1'],
  flowspecLengthMin: { 4: 24, 6: 48 },
  blackholeLengthMin: { 4: 32, 6: 128 },
  routesMax: 3,
  perMinute: 10,
  blackholedShareMax: 0.01,
};
const nothing: Standing = { routes: [], announcedLastMinute: 0 };

const flow = (match: Partial<FlowspecMatch> & { destination: string }): BgpRoute => ({
  kind: 'flowspec',
  rule: {
    match: { family: match.destination.includes(':') ? 6 : 4, ...match },
    actions: [{ type: 'discard' }],
  },
  communities: [],
});
const hole = (prefix: string): BgpRoute => ({
  kind: 'blackhole',
  prefix,
  nextHop: '192.0.2.9',
  communities: [],
});
const refused = (route: BgpRoute, standing = nothing): string | undefined =>
  railRefusal(route, standing, rails)?.rail;
const range = (one: number, to = one) => [{ from: one, to }];

describe('the rails', () => {
  it.each<[string, BgpRoute, string | undefined]>([
    ['a rule for an owned address', flow({ destination: '203.0.113.7/32', protocols: range(17) }), undefined],
    ['a blackhole of an owned address', hole('203.0.113.7/32'), undefined],
    [
      'a length that routers choke on',
      flow({ destination: '203.0.113.7/32', packetLengths: range(99_971, 99_985) }),
      'soundness',
    ],
    ['an address of somebody else', flow({ destination: '198.51.100.7/32' }), 'owned'],
    ['a blackhole of somebody else', hole('198.51.100.7/32'), 'owned'],
    ['a prefix that holds an owned one', flow({ destination: '203.0.112.0/23' }), 'owned'],
    ['a prefix as wide as may be', flow({ destination: '203.0.113.0/24', protocols: range(17) }), undefined],
    [
      'a prefix of IPv6 that is wider',
      flow({ destination: '2001:db8::/32', protocols: range(17) }),
      'breadth',
    ],
    ['a blackhole of a prefix', hole('203.0.113.0/25'), 'breadth'],
    ['a blackhole of a peering', hole('203.0.113.1/32'), 'peering'],
    ['everything to a peering', flow({ destination: '203.0.113.1/32' }), 'peering'],
    ['all TCP to a peering', flow({ destination: '2001:db8::1/128', protocols: range(6) }), 'peering'],
    [
      'a range of ports that holds 179',
      flow({ destination: '203.0.113.0/24', destinationPorts: range(1, 1023) }),
      'peering',
    ],
    [
      'answers of a peering',
      flow({ destination: '203.0.113.1/32', destinationPorts: range(40_000, 50_000) }),
      'peering',
    ],
    ['either port, which may be 179', flow({ destination: '203.0.113.1/32', ports: range(179) }), 'peering'],
    ['UDP to a peering', flow({ destination: '203.0.113.1/32', protocols: range(17) }), undefined],
    [
      'ports at both ends that are none of BGP',
      flow({
        destination: '203.0.113.1/32',
        protocols: range(6),
        destinationPorts: range(80),
        sourcePorts: range(1024, 65_535),
      }),
      undefined,
    ],
    ['from who is no peering', flow({ destination: '203.0.113.1/32', source: '198.51.100.0/24' }), undefined],
    [
      'from a network with a peering',
      flow({ destination: '203.0.113.1/32', source: '192.0.2.0/24' }),
      'peering',
    ],
  ])('%s', (_, route, expected) => {
    expect(refused(route)).toBe(expected);
  });

  it('hold the number of routes, and how fast they come', () => {
    const routes = [1, 2, 3].map((host) => flow({ destination: `203.0.113.${host + 10}/32` }));
    const route = flow({ destination: '203.0.113.7/32', protocols: range(17) });
    expect(refused(route, { routes, announcedLastMinute: 0 })).toBe('budget');
    expect(refused(route, { routes: routes.slice(1), announcedLastMinute: 9 })).toBeUndefined();
    expect(refused(route, { routes: [], announcedLastMinute: 10 })).toBe('pace');
  });

  it('hold the share of addresses that is given up, but for the first', () => {
    const holes = [11, 12].map((host) => hole(`203.0.113.${host}/32`));
    expect(
      refused(hole('203.0.113.7/32'), { routes: holes.slice(1), announcedLastMinute: 0 }),
    ).toBeUndefined();
    expect(refused(hole('203.0.113.7/32'), { routes: holes, announcedLastMinute: 0 })).toBe('blackholed');
    expect(refused(hole('2001:db8::7/128'), { routes: holes, announcedLastMinute: 0 })).toBeUndefined();
    const small = { ...rails, owned: ['203.0.113.7/32'] };
    expect(railRefusal(hole('203.0.113.7/32'), nothing, small)).toBeNull();
  });

  it('say what would pass', () => {
    expect(railRefusal(hole('203.0.113.0/25'), nothing, rails)).toEqual({
      rail: 'breadth',
      reason: '203.0.113.0/25 is wider than /32, which is the widest that may be announced as blackhole',
    });
  });
});
