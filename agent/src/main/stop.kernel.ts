import { check } from '@tidegate/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labAddresses } from '../testkit/netns.ts';
import {
  createScene,
  eventually,
  faultsIn,
  floods,
  labPolicy,
  unfinishedIn,
  type Scene,
} from '../testkit/scene/index.ts';

const { ipv4, ipv6 } = labAddresses.victim;

let scene: Scene;
beforeAll(async () => {
  scene = await createScene({ label: 'stop' });
  scene.push(labPolicy());
  await scene.startController();
  await scene.startAgent();
  await scene.watching();
});
afterAll(async () => {
  await scene.close();
});

const synFlood = { ...floods.syn, destination: ipv4[0] };
const udpFlood = { ...floods.udp, destination: ipv6[0] };

/** The attack gets through: so many more packets reach the stack. */
async function passes(packets: number): Promise<void> {
  const before = scene.passed();
  await eventually('the attack passes', () => (scene.passed() - before >= packets ? true : null));
}

/** Ends stop-all, and sees the attack that goes on mitigated again. */
async function liftAndDefend(target: string): Promise<void> {
  expect(scene.command('outside', 'lift')).toMatchObject({ exitCode: 0 });
  await scene.mitigated(target);
}

/** The agent's last record, which it writes when nobody can ask it any more. */
const farewell = () =>
  eventually('agent.stopped is in git', () => {
    const last = scene.audit().records.at(-1);
    return last?.kind === 'agent.stopped' ? last.body : null;
  });

describe('stop-all', () => {
  test('holds through a restart and a new bundle, until it is lifted', async () => {
    await scene.attack(synFlood, async () => {
      await scene.mitigated(synFlood.destination);
      const answer = scene.command('outside', 'stop-all', '--format', 'json');
      expect(answer.exitCode).toBe(0);
      expect(JSON.parse(answer.stdout)).toEqual({ schema: 'tidegate/control-done/v1', removed: 1 });
      expect(scene.rules()).toEqual([]);

      await scene.killAgent();
      await scene.startAgent();
      await scene.enforce(labPolicy({ ttl: '20s' }));
      const { heartbeat, mitigations } = await scene.until(() => true);
      expect(heartbeat).toMatchObject({ stopped: true, incidents: [{ target: synFlood.destination }] });
      expect(mitigations).toEqual([]);
      await passes(30_000);
      expect(scene.rules()).toEqual([]);
      await liftAndDefend(synFlood.destination);
    });
    await scene.quiet();
    const { of } = await scene.audited();
    expect(of('operator.command').map(({ body }) => body.command)).toEqual(['stop-all', 'lift']);
    expect(of('action.refused').at(-1)?.body).toMatchObject({ rail: 'stopped' });
  });

  test('takes the rules out while the agent hangs, and the agent obeys once it is awake', async () => {
    await scene.attack(udpFlood, async () => {
      await scene.mitigated(udpFlood.destination);
      scene.agent.signal('SIGSTOP');
      const answer = scene.command('inside', 'stop-all');
      expect(answer).toMatchObject({ exitCode: 0, stdout: 'done; 1 rules removed\n' });
      expect(scene.rules()).toEqual([]);
      await passes(10_000);

      scene.agent.signal('SIGCONT');
      await scene.until(({ heartbeat, mitigations }) => heartbeat.stopped && mitigations.length === 0);
      await passes(10_000);
      expect(scene.rules()).toEqual([]);
      await liftAndDefend(udpFlood.destination);
    });
    await scene.quiet();
    const { of } = await scene.audited();
    expect(of('operator.command').slice(-2)).toMatchObject([
      { body: { command: 'stop-all' } },
      { body: { command: 'lift' } },
    ]);
  });

  test('needs no agent at all', async () => {
    await scene.enforce(labPolicy({ via: 'nftables' }));
    await scene.attack(synFlood, async () => {
      await scene.mitigated(synFlood.destination);
      await scene.killAgent();
      expect(scene.command('inside', 'stop-all')).toMatchObject({ exitCode: 0 });
      expect(scene.rules()).toEqual([]);
      await passes(10_000);
      await scene.startAgent();
      expect((await scene.until(() => true)).heartbeat.stopped).toBe(true);
      await passes(10_000);
      await liftAndDefend(synFlood.destination);
    });
    await scene.quiet();
  });
});

test('release lifts one incident, status shows it, and both are plain about what they cannot do', async () => {
  await scene.attack(udpFlood, async () => {
    const [rule] = await scene.mitigated(udpFlood.destination);
    const shown = scene.command('outside', 'status', '--format', 'json');
    expect(check('control-response', JSON.parse(shown.stdout))).toMatchObject({ ok: true });
    const text = scene.command('inside', 'status').stdout;
    for (const part of [rule!.id, rule!.incident, udpFlood.destination, 'udp_flood', 'mitigated'])
      expect(text).toContain(part);

    const stranger = scene.command('outside', 'release', 'inc-0000000000000000');
    expect(stranger.exitCode).toBe(1);
    expect(stranger.stderr).toMatch(/^TG2012 inc-0000000000000000 is not open/);
    expect(scene.rules()).toHaveLength(1);

    expect(scene.command('outside', 'release', rule!.incident)).toMatchObject({
      exitCode: 0,
      stdout: 'done; 1 rules removed\n',
    });
    await passes(30_000);
    expect(scene.rules()).toEqual([]);
    expect((await scene.until(() => true)).heartbeat.incidents).toMatchObject([{ id: rule!.incident }]);
  });
  await scene.quiet();
  const { of } = await scene.audited();
  expect(of('incident.closed').at(-1)?.body).toMatchObject({ reason: 'released' });
});

describe('SIGTERM', () => {
  test('with onStop: keep leaves the rule to its TTL, and the next start adopts it', async () => {
    await scene.agent.stop();
    await scene.startAgent({ onStop: 'keep' });
    await scene.attack(synFlood, async () => {
      const [rule] = await scene.mitigated(synFlood.destination);
      expect(await scene.agent.stop()).toBe(0);
      expect(await farewell()).toMatchObject({ reason: 'SIGTERM', kept: 1, removed: 0 });
      const passed = scene.passed();
      const hits = scene.rules()[0]!.packets;
      await eventually('the rule goes on', () => (scene.rules()[0]!.packets - hits > 30_000 ? true : null));
      expect(scene.passed()).toBe(passed);
      expect(scene.command('inside', 'status')).toMatchObject({ exitCode: 2 });

      await scene.startAgent({ onStop: 'keep' });
      const { mitigations } = await scene.until(() => true);
      expect(mitigations.map(({ id }) => id)).toEqual([rule!.id]);
    });
    await scene.quiet();
  });

  test('removes what is in force in either backend, and leaves nothing in the kernel', async () => {
    await scene.agent.stop();
    await scene.startAgent();
    await scene.enforce(labPolicy({ via: 'xdp', release: '1m' }));
    await scene.attack(udpFlood, async () => await scene.mitigated(udpFlood.destination));
    await scene.enforce(labPolicy({ via: 'nftables', release: '1m' }));
    await scene.attack(synFlood, async () => await scene.mitigated(synFlood.destination));
    expect(scene.rules().map(({ backend }) => backend)).toEqual(['xdp', 'nftables']);
    expect(scene.traces()).toHaveLength(3);

    expect(await scene.agent.stop()).toBe(0);
    expect(scene.traces()).toEqual([]);
    expect(await farewell()).toMatchObject({ reason: 'SIGTERM', kept: 0, removed: 2 });
    const { records, of } = scene.audit();
    expect(of('action.removed').slice(-2)).toMatchObject([
      { body: { reason: 'stopped', verified: true } },
      { body: { reason: 'stopped', verified: true } },
    ]);
    expect(faultsIn(records)).toEqual([]);
    expect(unfinishedIn(records)).toEqual([]);
    expect(scene.verifyAudit()).toMatchObject({ exitCode: 0 });
  });
});
