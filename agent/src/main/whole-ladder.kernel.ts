/** An attack that grows past everything: held to a rate, dropped, announced, handed over in vain, blackholed; and back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBgpPair } from '../testkit/bgp/index.ts';
import type { BgpPair } from '../testkit/bgp/index.ts';
import { labAddresses } from '../testkit/netns.ts';
import {
  createScene,
  eventually,
  faultsIn,
  floods,
  labPolicy,
  unfinishedIn,
} from '../testkit/scene/index.ts';
import type { Scene } from '../testkit/scene/index.ts';
import { startWash } from '../testkit/scrubbers/index.ts';

const { ipv4 } = labAddresses.victim;
const flood = { ...floods.udp, destination: ipv4[0] };
const destination = `${flood.destination}/32`;

let pair: BgpPair;
let provider: Awaited<ReturnType<typeof startWash>>;
let scene: Scene;

const steps = [
  'drop: { ttl: 30s, when: { packets: 60kpps, for: 1s } }',
  'flowspec: { policy: edge, ttl: 30s, when: { packets: 60kpps, for: 1s } }',
  'scrub: { scrubber: wash, ttl: 60s, when: { packets: 60kpps, for: 1s } }',
  'rtbh: { policy: edge, ttl: 30s, when: { scrub: failed, packets: 60kpps, for: 1s } }',
];
const policy = (url: string): string =>
  labPolicy({ ttl: '30s', steps }).replace(
    'drop: { ttl: 30s, via: auto }',
    'drop: { ttl: 30s, limit: { packets: 5kpps } }',
  ) +
  `---
apiVersion: tidegate/v1
kind: FlowSpecPolicy
metadata: { name: edge }
spec: { owned: [203.0.113.0/24], communities: ["65001:100"], blackhole: { nextHop: 192.0.2.1, nextHop6: "100::1" } }
---
apiVersion: tidegate/v1
kind: Scrubber
metadata: { name: wash }
spec:
  owned: [203.0.113.0/24]
  activeWithin: 10s
  http:
    start: { url: "${url}/v1/diversions/{id}", body: { prefix: "{prefix}", ttl: "{ttlSeconds}" } }
    state: { url: "${url}/v1/diversions/{id}", at: /state, active: [active], failed: [rejected] }
    stop: { url: "${url}/v1/diversions/{id}" }
    authorization: { bearer: env:TG_TEST_WASH }
`;

beforeAll(async () => {
  process.env['TG_TEST_WASH'] = 't0ken';
  pair = await startBgpPair();
  scene = await createScene({ label: 'whole' });
  provider = await startWash(scene.lab.namespaces.victim);
  scene.push(policy(provider.url));
  await scene.startController();
  await scene.startAgent({
    policySecrets: ['env:TG_TEST_WASH'],
    speakers: [
      {
        ...{ name: 'default', gobgp: pair.address, owned: ['203.0.113.0/24'] },
        peerings: ['127.0.0.1', '127.0.0.2'],
      },
    ],
  });
  await scene.watching();
}, 60_000);
afterAll(async () => {
  await scene.close();
  provider.close();
  await pair.stop();
});

const seen = (what: string, isSo: () => boolean) => eventually(what, () => (isSo() ? true : null));

describe('an attack that grows', () => {
  test('climbs every step, each with a receipt, and comes down in reverse', async () => {
    await scene.attack({ ...flood, packetsPerSecond: 40_000 }, async () => {
      const { mitigations } = await scene.until((status) =>
        status.mitigations.some(({ level }) => level === 'installed'),
      );
      expect(mitigations.map(({ backend }) => backend)).toEqual(['xdp']);
    });
    await scene.attack(flood, async () => {
      await seen('a FlowSpec rule is in the router', () => pair.flows().length === 1);
      expect(pair.flows()[0]).toContain(`dst ${destination}`);
      await seen('the provider was asked', () => provider.states.size === 1);
      expect(provider.of('PUT')[0]).toMatchObject({ headers: { authorization: 'Bearer t0ken' } });
      expect(pair.blackholes()).toEqual([]);
      const [id] = provider.states.keys();
      provider.states.set(id!, 'rejected');
      await seen('the address is blackholed', () => pair.blackholes().length === 1);
      expect(pair.blackholes()).toEqual([flood.destination]);
      await seen('the provider was told to stop', () => provider.states.size === 0);
      await scene.until(({ mitigations }) =>
        mitigations.some(({ backend, level }) => backend === 'rtbh' && level === 'advertised'),
      );
      expect(scene.command('outside', 'release')).toMatchObject({ exitCode: 0 });
      await seen('no router has anything left', () => pair.flows().length + pair.blackholes().length === 0);
    });
    await scene.quiet();
    const reading = await scene.audited();
    expect(reading.of('action.intent').map(({ body }) => [body.step, body.action])).toEqual([
      [0, 'drop'],
      [1, 'drop'],
      [2, 'flowspec'],
      [3, 'scrub'],
      [4, 'rtbh'],
    ]);
    const intents = reading.of('action.intent');
    for (const { body } of intents) {
      const receipts = reading.of('action.receipt').filter((one) => one.body.mitigation === body.mitigation);
      expect(receipts.length, `${body.action} has a receipt`).toBeGreaterThan(0);
    }
    expect(reading.of('action.failed').map(({ body }) => [body.backend, body.code])).toEqual([
      ['scrubber', 'TG2021'],
    ]);
    const removed = reading
      .of('action.removed')
      .map(({ body }) => [body.backend, body.reason, body.verified]);
    expect(removed).toEqual([
      ['scrubber', 'superseded', true],
      ['rtbh', 'released', true],
      ['flowspec', 'released', true],
      ['xdp', 'released', true],
      ['xdp', 'released', true],
    ]);
    const order = reading.of('action.removed').slice(-2);
    const local = intents.filter(({ body }) => body.action === 'drop').map(({ body }) => body.mitigation);
    expect(order.map(({ body }) => body.mitigation)).toEqual(local.reverse());
    expect([...faultsIn(reading.records), ...unfinishedIn(reading.records)]).toEqual([]);
  }, 90_000);

  test('is scrubbed, not blackholed, where the provider is well; kill -9 changes nothing, and stop-all ends it', async () => {
    await scene.attack(flood, async () => {
      await seen('the provider was asked', () => provider.states.size === 1);
      const [id] = provider.states.keys();
      provider.states.set(id!, 'active');
      await scene.until(({ mitigations }) =>
        mitigations.some(({ backend, level }) => backend === 'scrubber' && level === 'installed'),
      );
      await scene.killAgent();
      expect([...provider.states.keys()]).toEqual([id]);
      expect(await scene.commandBeside('stop-all')).toMatchObject({ exitCode: 0 });
      await seen('the provider was told to stop', () => provider.states.size === 0);
      expect([pair.blackholes(), pair.flows()]).toEqual([[], []]);
    });
  }, 90_000);
});
