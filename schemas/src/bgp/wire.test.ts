/** Routes in bytes: against the RFCs' own forms, and against routes by chance. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flowspecRules } from '../flowspec/testkit/rules.ts';
import { flowspecProblems } from '../flowspec/validate.ts';
import type { FlowspecAction } from '../flowspec/rule.ts';
import { canonicalRoute, decodeRoute, encodeRoute, noExportCommunity, routeKey, wireKey } from './index.ts';
import type { BgpRoute } from './index.ts';

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
const flow = (action: FlowspecAction): BgpRoute => ({
  kind: 'flowspec',
  rule: { match: { family: 4, destination: '203.0.113.7/32' }, actions: [action] },
  communities: [],
});
const attributesOf = (route: BgpRoute): string[] => encodeRoute(route).attributes.map(hex);

describe('a blackhole', () => {
  it('of IPv4 is a prefix with its next hop and communities', () => {
    const wire = encodeRoute({
      kind: 'blackhole',
      prefix: '203.0.113.7/32',
      nextHop: '192.0.2.1',
      communities: [noExportCommunity, '65535:666', '65001:7', '65001:7'],
    });
    expect(wire).toMatchObject({ afi: 1, safi: 1 });
    expect(hex(wire.nlri)).toBe('20 cb 00 71 07');
    expect(wire.attributes.map(hex)).toEqual([
      '40 01 01 00',
      '40 03 04 c0 00 02 01',
      'c0 08 0c fd e9 00 07 ff ff 02 9a ff ff ff 01',
    ]);
  });

  it('of IPv6 is reachable by MP_REACH_NLRI', () => {
    const wire = encodeRoute({
      kind: 'blackhole',
      prefix: '2001:db8::7/128',
      nextHop: '100::1',
      communities: [],
    });
    expect(wire).toMatchObject({ afi: 2, safi: 1 });
    expect(wire.attributes.map(hex)).toEqual([
      '40 01 01 00',
      `80 0e 26 00 02 01 10 01 00 ${'00 '.repeat(13)}01 00 80 20 01 0d b8 ${'00 '.repeat(11)}07`,
    ]);
  });

  it('has the key of its prefix, whatever is said of it', () => {
    const route = {
      kind: 'blackhole',
      prefix: '203.0.113.7/32',
      nextHop: '192.0.2.1',
      communities: [],
    } as const;
    const other = { ...route, nextHop: '192.0.2.2', communities: ['65001:1'] };
    expect(routeKey(route)).toBe('1/1 20cb007107');
    expect(routeKey(other)).toBe(wireKey(encodeRoute(route)));
    expect(routeKey(flow({ type: 'discard' }))).not.toBe(routeKey(route));
  });

  it('with a community that is none is refused', () => {
    const route = { kind: 'blackhole', prefix: '203.0.113.7/32', nextHop: '192.0.2.1' } as const;
    for (const community of ['65536:1', '1:65536', 'no-export', '1:2:3', ''])
      expect(() => encodeRoute({ ...route, communities: [community] })).toThrow(/is no community/);
  });
});

describe('an action', () => {
  it.each<[FlowspecAction, string]>([
    [{ type: 'discard' }, 'c0 10 08 80 06 00 00 00 00 00 00'],
    [{ type: 'limit', bytesPerSecond: 1_250_000 }, 'c0 10 08 80 06 00 00 49 98 96 80'],
    [{ type: 'limitPackets', packetsPerSecond: 1000 }, 'c0 10 08 80 0c 00 00 44 7a 00 00'],
    [{ type: 'mark', dscp: 46 }, 'c0 10 08 80 09 00 00 00 00 00 2e'],
    [{ type: 'redirect', routeTarget: '65001:100000' }, 'c0 10 08 80 08 fd e9 00 01 86 a0'],
    [{ type: 'redirect', routeTarget: '192.0.2.1:100' }, 'c0 10 08 81 08 c0 00 02 01 00 64'],
    [{ type: 'redirect', routeTarget: '4200000000:100' }, 'c0 10 08 82 08 fa 56 ea 00 00 64'],
    [{ type: 'redirectToIp', address: '192.0.2.9' }, 'c0 10 08 01 0c c0 00 02 09 00 00'],
    [
      { type: 'redirectToIp', address: '2001:db8::9' },
      `c0 19 14 00 0c 20 01 0d b8 ${'00 '.repeat(11)}09 00 00`,
    ],
  ])('%j', (action, expected) => {
    expect(attributesOf(flow(action)).at(-1)).toBe(expected);
  });
});

const communities = fc.array(
  fc.tuple(fc.nat({ max: 65_535 }), fc.nat({ max: 65_535 })).map(([a, b]) => `${a}:${b}`),
  { maxLength: 80 },
);
/** A rate is a float of 32 bits on the way. */
const asSent = (action: FlowspecAction): FlowspecAction => {
  if (action.type === 'limit') return { ...action, bytesPerSecond: Math.fround(action.bytesPerSecond) };
  if (action.type === 'limitPackets')
    return { ...action, packetsPerSecond: Math.fround(action.packetsPerSecond) };
  return action;
};

it('what was encoded reads back as the canonical route', () => {
  fc.assert(
    fc.property(flowspecRules, communities, (rule, own) => {
      fc.pre(flowspecProblems(rule).length === 0);
      const route: BgpRoute = { kind: 'flowspec', rule, communities: own };
      const wire = encodeRoute(route);
      const reading = decodeRoute(wire);
      if (!reading.ok || reading.route.kind !== 'flowspec') throw new Error('it was not read');
      const inOrder = (actions: readonly FlowspecAction[]): string[] =>
        actions.map((action) => JSON.stringify(asSent(action))).sort();
      const canonical = canonicalRoute(route);
      expect({ ...reading.route, rule: { ...reading.route.rule, actions: [] } }).toEqual({
        ...canonical,
        rule: { match: canonical.kind === 'flowspec' && canonical.rule.match, actions: [] },
      });
      expect(inOrder(reading.route.rule.actions)).toEqual(inOrder(rule.actions));
      expect(wireKey(wire)).toBe(routeKey(route));
    }),
    { numRuns: 2000 },
  );
});

it('no bytes make the reader throw', () => {
  const bytes = fc.uint8Array({ maxLength: 60 });
  const wires = fc.record({
    afi: fc.constantFrom(1, 2),
    safi: fc.constantFrom(1, 133),
    nlri: bytes,
    attributes: fc.array(bytes, { maxLength: 5 }),
  });
  fc.assert(
    fc.property(wires, (wire) => {
      const reading = decodeRoute(wire);
      if (reading.ok) encodeRoute(reading.route);
    }),
    { numRuns: 20_000 },
  );
});
