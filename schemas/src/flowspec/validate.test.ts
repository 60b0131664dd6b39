/** Every way in which a rule is known to end a BGP session, or to mean something else than was written. */
import { describe, expect, it } from 'vitest';
import type { FlowspecRule } from './rule.ts';
import { flowspecProblems } from './validate.ts';

const rule: FlowspecRule = {
  match: {
    family: 4,
    destination: '203.0.113.7/32',
    protocols: [{ from: 17, to: 17 }],
    sourcePorts: [{ from: 53, to: 53 }],
    packetLengths: [{ from: 512, to: 1500 }],
  },
  actions: [{ type: 'discard' }],
};
const withMatch = (changes: object): unknown => ({ ...rule, match: { ...rule.match, ...changes } });
const withAction = (...actions: object[]): unknown => ({ ...rule, actions });
const one = (from: unknown, to: unknown = from): object[] => [{ from, to }];
const six = { family: 6, destination: '2001:db8::7/128' };
const paths = (bad: unknown): string[] => flowspecProblems(bad).map(({ path }) => path);

it('a sound rule has none', () => {
  expect(flowspecProblems(rule)).toEqual([]);
  expect(flowspecProblems(withMatch({ ...six, flowLabels: one(5, 1_048_575) }))).toEqual([]);
  expect(
    flowspecProblems(withAction({ type: 'limit', bytesPerSecond: 1.5 }, { type: 'mark', dscp: 8 })),
  ).toEqual([]);
});

describe('refused is', () => {
  it.each([
    ['no destination', withMatch({ destination: undefined }), '/match/destination'],
    ['a prefix with host bits', withMatch({ destination: '203.0.113.7/24' }), '/match/destination'],
    ['a prefix of 33 bits', withMatch({ destination: '203.0.113.7/33' }), '/match/destination'],
    ['a prefix of the other family', withMatch({ destination: '2001:db8::/32' }), '/match/destination'],
    [
      'IPv4 in IPv6 clothes',
      withMatch({ ...six, destination: '::ffff:203.0.113.7/128' }),
      '/match/destination',
    ],
    [
      'a prefix that is not written canonically',
      withMatch({ ...six, destination: '2001:DB8::/32' }),
      '/match/destination',
    ],
    ['a source that is no prefix', withMatch({ source: 'any' }), '/match/source'],
    ['another family', withMatch({ family: 5 }), '/match/family'],
    ['an empty list', withMatch({ protocols: [] }), '/match/protocols'],
    ['no list', withMatch({ protocols: 17 }), '/match/protocols'],
    ['an entry that is none', withMatch({ protocols: [17] }), '/match/protocols/0'],
    ['a protocol above 255', withMatch({ protocols: one(256) }), '/match/protocols/0'],
    ['a port above 65535', withMatch({ sourcePorts: one(53, 65_536) }), '/match/sourcePorts/0'],
    ['a length above 65535', withMatch({ packetLengths: one(99_971, 99_985) }), '/match/packetLengths/0'],
    ['a value that takes five octets', withMatch({ sourcePorts: one(2 ** 32) }), '/match/sourcePorts/0'],
    ['a range the wrong way round', withMatch({ sourcePorts: one(10, 9) }), '/match/sourcePorts/0'],
    ['a negative number', withMatch({ sourcePorts: one(-1, 9) }), '/match/sourcePorts/0'],
    ['half a number', withMatch({ sourcePorts: one(1.5) }), '/match/sourcePorts/0'],
    ['NaN', withMatch({ sourcePorts: one(Number.NaN) }), '/match/sourcePorts/0'],
    ['a number as text', withMatch({ sourcePorts: one('53') }), '/match/sourcePorts/0'],
    ['an ICMP type above 255', withMatch({ icmpTypes: one(256) }), '/match/icmpTypes/0'],
    ['an ICMP code above 255', withMatch({ icmpCodes: one(0, 300) }), '/match/icmpCodes/0'],
    ['a code point above 63', withMatch({ dscp: one(64) }), '/match/dscp/0'],
    ['a flow label of IPv4', withMatch({ flowLabels: one(1) }), '/match/flowLabels'],
    ['a flow label above 20 bits', withMatch({ ...six, flowLabels: one(1_048_576) }), '/match/flowLabels/0'],
    ['a mask without bits', withMatch({ tcpFlags: [{ mask: 0, value: 0 }] }), '/match/tcpFlags/0'],
    ['a mask of nine bits', withMatch({ tcpFlags: [{ mask: 0x102, value: 2 }] }), '/match/tcpFlags/0'],
    ['a value outside its mask', withMatch({ tcpFlags: [{ mask: 2, value: 18 }] }), '/match/tcpFlags/0'],
    ["IPv6's don't fragment", withMatch({ ...six, fragment: [{ mask: 1, value: 1 }] }), '/match/fragment/0'],
    ['a fragment bit that is none', withMatch({ fragment: [{ mask: 16, value: 16 }] }), '/match/fragment/0'],
    ['a key that is not known', withMatch({ ttl: one(64) }), '/match/ttl'],
    [
      'a key of a range that is not known',
      withMatch({ dscp: [{ from: 1, to: 1, step: 1 }] }),
      '/match/dscp/0/step',
    ],
    ['no action', withAction(), '/actions'],
    ['an action that is none', withAction({ type: 'drop' }), '/actions/0'],
    ['a rate of 0', withAction({ type: 'limit', bytesPerSecond: 0 }), '/actions/0/bytesPerSecond'],
    ['a negative rate', withAction({ type: 'limit', bytesPerSecond: -1 }), '/actions/0/bytesPerSecond'],
    ['no finite rate', withAction({ type: 'limit', bytesPerSecond: Infinity }), '/actions/0/bytesPerSecond'],
    [
      'a rate that is no number',
      withAction({ type: 'limit', bytesPerSecond: Number.NaN }),
      '/actions/0/bytesPerSecond',
    ],
    [
      'a rate beyond reason',
      withAction({ type: 'limitPackets', packetsPerSecond: 1e39 }),
      '/actions/0/packetsPerSecond',
    ],
    ['a mark above 63', withAction({ type: 'mark', dscp: 64 }), '/actions/0/dscp'],
    [
      'a route target without a number',
      withAction({ type: 'redirect', routeTarget: '65000' }),
      '/actions/0/routeTarget',
    ],
    [
      'a number that a long AS has no room for',
      withAction({ type: 'redirect', routeTarget: '70000:65536' }),
      '/actions/0/routeTarget',
    ],
    [
      'an AS of five octets',
      withAction({ type: 'redirect', routeTarget: '4294967296:1' }),
      '/actions/0/routeTarget',
    ],
    [
      'a route target of IPv6',
      withAction({ type: 'redirect', routeTarget: '2001:db8::1:5' }),
      '/actions/0/routeTarget',
    ],
    [
      'a next hop that is none',
      withAction({ type: 'redirectToIp', address: 'router' }),
      '/actions/0/address',
    ],
    [
      'two actions at once',
      withAction({ type: 'discard' }, { type: 'limit', bytesPerSecond: 5 }),
      '/actions',
    ],
    ['an action twice', withAction({ type: 'mark', dscp: 1 }, { type: 'mark', dscp: 2 }), '/actions'],
  ])('%s', (_, bad, path) => {
    expect(paths(bad)).toEqual([path]);
  });

  it('a rule that routers have no room for', () => {
    const ports = Array.from({ length: 100 }, (_, index) => ({
      from: 1000 + 2 * index,
      to: 1000 + 2 * index,
    }));
    expect(flowspecProblems(withMatch({ destinationPorts: ports }))).toEqual([
      { path: '/match', message: 'The rule takes 320 bytes, and routers take 238: give it fewer ranges.' },
    ]);
    // Neighbours are one range, however they are written.
    const neighbours = ports.map((_, index) => ({ from: 1000 + index, to: 1000 + index }));
    expect(flowspecProblems(withMatch({ destinationPorts: neighbours }))).toEqual([]);
  });

  it('a rule that only fits until it is written as text', () => {
    // Seen with GoBGP 3.10 and BIRD 2.0.12: each of these becomes up to four tests, and the session ended.
    const fragment = Array.from({ length: 15 }, (_, index) => index + 1).flatMap((mask) =>
      Array.from({ length: 16 }, (_, value) => ({ mask, value })).filter(
        ({ value }) => (value & ~mask) === 0,
      ),
    );
    expect(fragment).toHaveLength(80);
    expect(paths(withMatch({ fragment }))).toEqual(['/match']);
  });

  it.each([null, undefined, 5, 'rule', [], {}, { match: [], actions: {} }])('what is no rule: %o', (bad) => {
    expect(flowspecProblems(bad).length).toBeGreaterThan(0);
  });
});
