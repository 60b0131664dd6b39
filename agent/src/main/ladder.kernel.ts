/** From the first drop to the blackhole and back: a real agent, a real gobgpd, and BIRD as the router in front. */
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

const { ipv4 } = labAddresses.victim;
const flood = { ...floods.udp, destination: ipv4[0] };
const destination = `${flood.destination}/32`;

const edge = `---
apiVersion: tidegate/v1
kind: FlowSpecPolicy
metadata: { name: edge }
spec: { owned: [203.0.113.0/24], communities: ["65001:100"], blackhole: { nextHop: 192.0.2.1, nextHop6: "100::1" } }
`;
const flowspec = 'flowspec: { policy: edge, ttl: 4s, when: { packets: 60kpps, for: 1s } }';
const rtbh = 'rtbh: { policy: edge, ttl: 4s, when: { packets: 60kpps, for: 2s } }';
const ladder = labPolicy({ ttl: '10s', steps: [flowspec, rtbh] }) + edge;

let pair: BgpPair;
let scene: Scene;
const speakers = (owned: readonly string[]) => [
  { name: 'default', gobgp: pair.address, owned: [...owned], peerings: ['127.0.0.1', '127.0.0.2'] },
];

beforeAll(async () => {
  pair = await startBgpPair();
  scene = await createScene({ label: 'ladder' });
  scene.push(ladder);
  await scene.startController();
  await scene.startAgent({ speakers: speakers(['203.0.113.0/24']) });
  await scene.watching();
}, 60_000);
afterAll(async () => {
  await scene.close();
  await pair.stop();
});

const seen = (what: string, isSo: () => boolean) => eventually(what, () => (isSo() ? true : null));
const routersAreFree = () =>
  seen('no router has anything left', () => pair.flows().length + pair.blackholes().length === 0);

describe('an attack that is past what the host can do', () => {
  test('is dropped here, then by routers, then loses its target; and all of it goes again', async () => {
    await scene.attack(flood, async () => {
      await scene.mitigated(flood.destination);
      expect(pair.flows()).toEqual([]);
      await seen('a FlowSpec rule is in the router', () => pair.flows().length === 1);
      expect(pair.flows()[0]).toContain(`dst ${destination}`);
      expect(pair.blackholes()).toEqual([]);
      await seen('the address is blackholed', () => pair.blackholes().length === 1);
      const { mitigations } = await scene.until((status) =>
        status.mitigations.every(({ level }) => level === 'advertised' || level === 'effective'),
      );
      expect(mitigations.map(({ backend }) => backend).sort()).toEqual(['flowspec', 'rtbh', 'xdp']);
    });
    // Nothing arrives any more, as behind routers that drop it all: the routes stay to their end.
    await scene.until(({ mitigations }) => mitigations.some(({ backend }) => backend === 'flowspec'));
    await routersAreFree();
    await scene.quiet();
    const reading = await scene.audited();
    expect(reading.of('action.intent').map(({ body }) => [body.step, body.action])).toEqual([
      [0, 'drop'],
      [1, 'flowspec'],
      [2, 'rtbh'],
    ]);
    const levels = reading.of('action.receipt').filter(({ body }) => body.backend === 'rtbh');
    expect(levels[0]?.body.level).toBe('advertised');
    const removed = reading.of('action.removed').map(({ body }) => [body.backend, body.reason]);
    expect(removed).toContainEqual(['flowspec', 'expired']);
    expect(removed).toContainEqual(['rtbh', 'expired']);
    expect([...faultsIn(reading.records), ...unfinishedIn(reading.records)]).toEqual([]);
  }, 90_000);

  test('comes down at once with stop-all, also while the agent hangs', async () => {
    await scene.attack(flood, async () => {
      await seen('a FlowSpec rule is in the router', () => pair.flows().length === 1);
      scene.agent.signal('SIGSTOP');
      expect(scene.command('outside', 'stop-all')).toMatchObject({ exitCode: 0 });
      await routersAreFree();
      scene.agent.signal('SIGCONT');
      await scene.until(({ heartbeat }) => heartbeat.stopped);
    });
    expect(scene.command('outside', 'lift')).toMatchObject({ exitCode: 0 });
    await scene.quiet();
    await routersAreFree();
  }, 90_000);

  test('is held through kill -9 and a new start', async () => {
    await scene.attack(flood, async () => {
      await seen('a FlowSpec rule is in the router', () => pair.flows().length === 1);
      await scene.killAgent();
      expect(pair.flows()).toHaveLength(1);
      await scene.startAgent({ speakers: speakers(['203.0.113.0/24']) });
      const { mitigations } = await scene.until((status) =>
        status.mitigations.some(({ backend }) => backend === 'flowspec'),
      );
      expect(mitigations.filter(({ backend }) => backend === 'flowspec')).toHaveLength(1);
    });
    await routersAreFree();
    await scene.quiet();
  }, 90_000);

  test('is not announced beyond what this node may, whatever the policy says', async () => {
    await scene.killAgent();
    await scene.startAgent({ speakers: speakers(['198.51.100.0/24']) });
    await scene.watching();
    await scene.attack(flood, async () => {
      const failed = await eventually('the refusal is on record', () => {
        const last = scene.audit().of('action.failed').at(-1);
        return last?.body.code === 'TG2020' ? last.body : null;
      });
      expect(failed.reason).toContain('rail owned of this node');
      expect(pair.flows()).toEqual([]);
    });
    await scene.quiet();
  }, 90_000);
});
