import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SeededRandom } from '../engine/generator/random.ts';
import { labAddresses } from '../testkit/netns.ts';
import {
  createScene,
  eventually,
  faultsIn,
  labPolicy,
  type Flood,
  type Scene,
} from '../testkit/scene/index.ts';

const { ipv4, ipv6 } = labAddresses.victim;
const randomKills = process.env['TIDEGATE_TEST_FULL'] === '1' ? 24 : 4;

let scene: Scene;
beforeAll(async () => {
  scene = await createScene({ label: 'crash' });
  scene.push(labPolicy());
  await scene.startController();
  await scene.startAgent();
  await scene.watching();
});
afterAll(async () => {
  await scene.close();
});

const kill = async (): Promise<void> => void (await scene.agent.stop('SIGKILL'));
const packetsOf = (id: string): number => scene.rules().find((rule) => rule.id === id)?.packets ?? 0;

/** Waits until the kernel's rule has hit so many more packets; returns how many of the attack the stack saw. */
async function watchRule(id: string, packets: number): Promise<number> {
  const [hits, seen] = [packetsOf(id), scene.passed()];
  await eventually(`${id} hits ${packets} packets`, () => (packetsOf(id) - hits >= packets ? true : null));
  return scene.passed() - seen;
}

/** Puts a policy in force. */
async function enforce(policy: string): Promise<void> {
  const before = (await scene.until(() => true)).heartbeat.digests.effective;
  scene.push(policy);
  await scene.until(({ heartbeat }) => heartbeat.digests.effective !== before);
}

test.each([
  ['IPv4', { kind: 'syn_flood', destination: ipv4[0] }, 'xdp'],
  ['IPv6', { kind: 'udp_flood', destination: ipv6[0], destinationPort: 4500 }, 'nftables'],
] as const)('%s: the rule holds while the agent is dead, and is adopted', async (_, flood, via) => {
  await enforce(labPolicy({ via }));
  await scene.attack(flood, async () => {
    const [rule] = await scene.mitigated(flood.destination);
    expect(rule).toMatchObject({ backend: via });
    await kill();
    expect(await watchRule(rule!.id, 30_000)).toBe(0);

    await scene.startAgent();
    const { mitigations } = await scene.until(() => true);
    expect(mitigations.map(({ id }) => id)).toEqual([rule!.id]);
    expect(await watchRule(rule!.id, 30_000)).toBe(0);
  });
  await scene.quiet();
  expect(scene.rules()).toEqual([]);

  const audit = await scene.audited();
  expect(audit.of('agent.started').at(-1)?.body).toMatchObject({ adopted: 1, removed: 0 });
  expect(
    audit.of('action.intent').filter(({ body }) => body.match.destination.startsWith(flood.destination)),
  ).toHaveLength(1);
  expect(audit.of('action.removed').at(-1)?.body).toMatchObject({ reason: 'quiet', verified: true });
  expect(faultsIn(audit.records)).toEqual([]);
});

test('a rule of which the agent remembers nothing is removed, and the attack is answered anew', async () => {
  const destination = ipv6[1];
  const { before, after } = await attackAndForget(destination);
  expect(after).not.toBe(before);
  await scene.quiet();
  const audit = await scene.audited();
  expect(audit.of('agent.started').at(-1)?.body).toMatchObject({ adopted: 0, removed: 1 });
  expect(audit.of('action.removed').filter(({ body }) => body.reason === 'orphan')).toMatchObject([
    { body: { mitigation: before, verified: true } },
  ]);
});

/** Ids of the rule that was forgotten, and of the one after. */
async function attackAndForget(destination: string): Promise<{ before: string; after: string }> {
  const ids: string[] = [];
  await scene.attack({ kind: 'dns_amplification', destination }, async () => {
    ids.push((await scene.mitigated(destination))[0]!.id);
    await kill();
    rmSync(join(scene.stateDir, 'engine.state'));
    await scene.startAgent();
    ids.push((await scene.mitigated(destination))[0]!.id);
    expect(scene.rules().map(({ id }) => id)).toEqual([ids[1]]);
  });
  return { before: ids[0]!, after: ids[1]! };
}

describe('killed at any moment', () => {
  const random = new SeededRandom('kills');
  const floods: readonly Flood[] = [
    { kind: 'syn_flood', destination: ipv4[0] },
    { kind: 'udp_flood', destination: ipv6[0], destinationPort: 4500 },
    { kind: 'dns_amplification', destination: ipv4[1] },
    { kind: 'syn_flood', destination: ipv6[1] },
    { kind: 'udp_flood', destination: ipv4[2], destinationPort: 4500 },
    { kind: 'dns_amplification', destination: ipv6[2] },
  ];

  test(`${randomKills} times: no audit record is lost or doubled`, async () => {
    const written = new Set<string>();
    for (let round = 0; round < randomKills; round++) {
      const flood = floods[round % floods.length]!;
      await scene.attack(flood, async () => {
        await sleep(random.float() * 400);
        await kill();
        for (const line of spooled()) written.add(line);
        await scene.startAgent();
        await scene.mitigated(flood.destination);
      });
    }
    await scene.quiet();
    const audit = await scene.audited();
    expect([...written].filter((line) => !audit.lines.includes(line))).toEqual([]);
    expect(faultsIn(audit.records)).toEqual([]);
    expect(audit.of('incident.opened')).toHaveLength(audit.of('incident.closed').length);
    expect(scene.verifyAudit()).toMatchObject({ exitCode: 0 });
  });
});

/** Records that the killed agent had written and nobody had taken yet. */
function spooled(): string[] {
  const folder = join(scene.stateDir, 'audit');
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return names.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
}

describe('the agent never comes back', () => {
  const ttlMs = 1500;

  test.each([
    ['xdp', { kind: 'udp_flood', destination: ipv4[1], destinationPort: 4500 }],
    ['nftables', { kind: 'syn_flood', destination: ipv6[2] }],
  ] as const)('%s: the kernel ends the rule', async (via, flood) => {
    await enforce(labPolicy({ via, ttl: `${ttlMs}ms` }));
    await scene.attack(flood, async () => {
      const [rule] = await scene.mitigated(flood.destination);
      await kill();
      const killedAt = performance.now();
      const seen = scene.passed();
      expect(scene.rules()).toMatchObject([{ id: rule!.id, backend: via }]);
      await eventually('packets pass again', () => (scene.passed() - seen > 1000 ? true : null));
      expect(performance.now() - killedAt).toBeLessThan(ttlMs + 500);
      expect(scene.rules()).toEqual([]);
      await scene.startAgent();
      await scene.mitigated(flood.destination);
    });
    await scene.quiet();
    const audit = await scene.audited();
    expect(audit.of('action.removed').map(({ body }) => body.reason)).toContain('expired');
    expect(faultsIn(audit.records)).toEqual([]);
  });
});
