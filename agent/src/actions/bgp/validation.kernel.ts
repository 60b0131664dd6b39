/** A router that validates FlowSpec rules (RFC 8955 §6, RFC 9117): what it rejects, and what is said of that here. */
import type { BgpRoute } from '@tidegate/schemas/bgp';
import { routeKey } from '@tidegate/schemas/bgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBgpPair } from '../../testkit/bgp/index.ts';
import type { BgpPair } from '../../testkit/bgp/index.ts';
import { until } from '../../testkit/until.ts';
import { connectToGobgp } from './gobgp/index.ts';
import type { BgpSpeaker } from './speaker.ts';

let pair: BgpPair;
let speaker: BgpSpeaker;
const rule = (destination: string): BgpRoute => ({
  ...{ kind: 'flowspec', communities: [] },
  rule: {
    match: { family: 4, destination, protocols: [{ from: 17, to: 17 }] },
    actions: [{ type: 'discard' }],
  },
});
const ours = rule('203.0.113.7/32');
/** The rule in the words of BIRD, which shows one that is not valid as unreachable. */
const flow = 'flow4 { dst 203.0.113.7/32; proto 17; }';
const isTaken = (): boolean => {
  const said = pair.route(flow);
  return said.includes('203.0.113.7/32') && !said.includes('unreachable');
};
const isSent = async (route: BgpRoute): Promise<boolean> => {
  const [neighbour] = await speaker.neighbours();
  return (await speaker.advertised(neighbour!)).has(routeKey(route));
};

beforeAll(async () => {
  pair = await startBgpPair({ validates: true });
  speaker = await connectToGobgp({ address: pair.address });
  await until(() => pair.upSince() !== null);
}, 60_000);
afterAll(async () => {
  speaker.close();
  await pair.stop();
});

describe('a router that validates', () => {
  it('has no rule of who does not bring the route, and no more than advertised is said of it', async () => {
    await speaker.announce([ours]);
    while (!(await isSent(ours))) await new Promise((resolve) => setTimeout(resolve, 5));
    // It came there, and counts for nothing.
    await until(() => pair.route(flow).includes('unreachable'));
    expect(pair.sessions()).toBe(1);
  });

  it('takes it as soon as the route comes from the same neighbour, and drops it with the route', async () => {
    pair.gobgp(['gobgp global rib add 203.0.113.0/24 nexthop 192.0.2.1']);
    await until(() => isTaken());
    pair.gobgp(['gobgp global rib del 203.0.113.0/24']);
    await until(() => !isTaken());
    // To us it is the same all along: sent.
    expect(await isSent(ours)).toBe(true);
    await speaker.withdraw([ours]);
  });

  it('ends no session for it', () => {
    expect([pair.sessions(), pair.complaints()]).toEqual([1, []]);
  });
});
