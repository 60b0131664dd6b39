/** GoBGP's gRPC interface, with a real gobgpd and what a real BIRD makes of it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { blackholeCommunity, canonicalRoute, noExportCommunity, routeKey } from '@tidegate/schemas/bgp';
import type { BgpRoute } from '@tidegate/schemas/bgp';
import { readBirdFlow } from '@tidegate/schemas/flowspec';
import type { FlowspecAction } from '@tidegate/schemas/flowspec';
import { startBgpPair } from '../../../testkit/bgp/index.ts';
import type { BgpPair } from '../../../testkit/bgp/index.ts';
import { until } from '../../../testkit/until.ts';
import type { BgpSpeaker } from '../speaker.ts';
import { connectToGobgp } from './index.ts';

let pair: BgpPair;
let speaker: BgpSpeaker;

beforeAll(async () => {
  pair = await startBgpPair();
  speaker = await connectToGobgp({ address: pair.address });
}, 60_000);

afterAll(async () => {
  speaker.close();
  await pair.stop();
});

// What one test left behind fails no other.
afterEach(async () => {
  await speaker.withdraw((await speaker.routes()).flatMap(({ route }) => route ?? []));
});

const flow = (destination: string, ...actions: FlowspecAction[]): BgpRoute => ({
  kind: 'flowspec',
  rule: {
    match: {
      family: destination.includes(':') ? 6 : 4,
      destination,
      protocols: [{ from: 17, to: 17 }],
      sourcePorts: [{ from: 53, to: 53 }],
    },
    actions,
  },
  communities: [noExportCommunity],
});
const blackhole = (prefix: string): BgpRoute => ({
  kind: 'blackhole',
  prefix,
  nextHop: prefix.includes(':') ? '100::1' : '192.0.2.1',
  communities: [blackholeCommunity, noExportCommunity],
});

describe('a FlowSpec rule', () => {
  it.each<[string, FlowspecAction, RegExp]>([
    ['203.0.113.1/32', { type: 'discard' }, /generic, 0x80060000, 0x0\)/],
    ['203.0.113.2/32', { type: 'limit', bytesPerSecond: 1_250_000 }, /generic, 0x80060000, 0x49989680\)/],
    ['203.0.113.3/32', { type: 'limitPackets', packetsPerSecond: 1000 }, /generic, 0x800c0000, 0x447a0000\)/],
    ['203.0.113.4/32', { type: 'mark', dscp: 46 }, /generic, 0x80090000, 0x2e\)/],
    ['203.0.113.5/32', { type: 'redirect', routeTarget: '65001:100' }, /generic, 0x8008fde9, 0x64\)/],
    [
      '203.0.113.6/32',
      { type: 'redirect', routeTarget: '192.0.2.1:100' },
      /generic, 0x8108c000, 0x2010064\)/,
    ],
    [
      '203.0.113.7/32',
      { type: 'redirect', routeTarget: '4200000000:100' },
      /generic, 0x8208fa56, 0xea000064\)/,
    ],
    ['203.0.113.8/32', { type: 'redirectToIp', address: '192.0.2.9' }, /unknown 0x10c, 192.0.2.9, 0\)/],
    ['2001:db8::1/128', { type: 'discard' }, /generic, 0x80060000, 0x0\)/],
  ])('to %s with %j arrives, reads back, and goes', async (destination, action, community) => {
    const route = flow(destination, action);
    await speaker.announce([route]);
    await until(() => pair.flows().length === 1);
    const [text = ''] = pair.flows();
    const reading = readBirdFlow(text);
    expect(reading).toEqual({ ok: true, match: route.kind === 'flowspec' && route.rule.match });
    const all = pair.route(text);
    expect(all).toMatch(community);
    expect(all).toContain('(65535,65281)');
    expect(await speaker.routes()).toEqual([{ key: routeKey(route), route: canonicalRoute(route) }]);
    await speaker.withdraw([route]);
    await until(() => pair.flows().length === 0);
    expect(await speaker.routes()).toEqual([]);
  });
});

describe('a blackhole', () => {
  it.each(['203.0.113.7/32', '2001:db8::7/128'])(
    'of %s reaches the kernel of the router, and goes',
    async (prefix) => {
      const route = blackhole(prefix);
      await speaker.announce([route]);
      await until(() => pair.blackholes().includes(prefix.replace(/\/\d+$/, '')));
      expect(pair.route(prefix)).toContain('(65535,666)');
      expect(await speaker.routes()).toEqual([{ key: routeKey(route), route: canonicalRoute(route) }]);
      await speaker.withdraw([route]);
      await until(() => pair.blackholes().length === 0);
    },
  );
});

describe('the speaker', () => {
  it('says who its neighbours are, and what they were sent', async () => {
    const [neighbour, ...others] = await speaker.neighbours();
    expect(neighbour).toEqual({ address: '127.0.0.2', asNumber: 65_002, isEstablished: true });
    expect(others).toEqual([]);
    const routes = [flow('203.0.113.1/32', { type: 'discard' }), blackhole('203.0.113.7/32')];
    await speaker.announce(routes);
    expect(await speaker.advertised(neighbour!)).toEqual(new Set(routes.map(routeKey)));
    await speaker.withdraw(routes);
    expect(await speaker.advertised(neighbour!)).toEqual(new Set());
  });

  it('puts a route with other actions in the place of the one before', async () => {
    await speaker.announce([flow('203.0.113.1/32', { type: 'limit', bytesPerSecond: 1000 })]);
    const second = flow('203.0.113.1/32', { type: 'discard' });
    await speaker.announce([second]);
    expect(await speaker.routes()).toEqual([{ key: routeKey(second), route: canonicalRoute(second) }]);
    await until(() => /0x80060000, 0x0\)/.test(pair.route(pair.flows()[0] ?? '203.0.113.1/32')));
    await speaker.withdraw([second]);
  });

  it('withdraws what is not there without a word', async () => {
    await speaker.withdraw([flow('203.0.113.99/32', { type: 'discard' })]);
    expect(await speaker.routes()).toEqual([]);
  });

  it('sends none of several where one would end the session', async () => {
    const long = flow('203.0.113.1/32', { type: 'discard' });
    const bad: BgpRoute = {
      ...(long as Extract<BgpRoute, { kind: 'flowspec' }>),
      rule: {
        match: { family: 4, destination: '203.0.113.1/32', packetLengths: [{ from: 99_971, to: 99_985 }] },
        actions: [{ type: 'discard' }],
      },
    };
    await expect(speaker.announce([long, bad])).rejects.toMatchObject({
      code: 'TG2019',
      message: expect.stringContaining('/match/packetLengths/0') as unknown,
    });
    expect(await speaker.routes()).toEqual([]);
    expect(pair.sessions()).toBe(1);
  });

  it('announces a thousand rules at once', async () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      flow(`203.0.${100 + Math.floor(index / 250)}.${index % 250}/32`, { type: 'discard' }),
    );
    await speaker.announce(many);
    await until(() => pair.flows().length === 1000, 50);
    expect(await speaker.routes()).toHaveLength(1000);
    await speaker.withdraw(many);
    await until(() => pair.flows().length === 0, 50);
    expect(pair.complaints()).toEqual([]);
    expect(pair.sessions()).toBe(1);
  });

  it('says that nobody answers, and goes on once somebody does', async () => {
    const route = flow('203.0.113.1/32', { type: 'discard' });
    await speaker.announce([route]);
    await pair.killGobgpd();
    await expect(speaker.routes()).rejects.toMatchObject({ code: 'TG2017' });
    await pair.startGobgpd();
    await expect.poll(async () => await speaker.routes().catch(() => null), { timeout: 10_000 }).toEqual([]);
    await speaker.announce([route]);
    expect(await speaker.routes()).toHaveLength(1);
    await speaker.withdraw([route]);
  });
});
