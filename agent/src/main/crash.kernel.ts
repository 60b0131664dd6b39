import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SeededRandom } from '../engine/generator/index.ts';
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

const packetsOf = (id: string): number => scene.rules().find((rule) => rule.id === id)?.packets ?? 0;

/** Waits until the kernel's rule has hit so many more packets; returns how many of the attack the stack saw meanwhile. */
async function passedDuring(id: string, packets: number): Promise<number> {
  const [hits, passed] = [packetsOf(id), scene.passed()];
  await eventually(`${id} hits ${packets} packets`, () => (packetsOf(id) - hits >= packets ? true : null));
  return scene.passed() - passed;
}

test.each([
  ['xdp', { ...floods.syn, destination: ipv4[0] }],
  ['nftables', { ...floods.udp, destination: ipv6[0] }],
] as const)('%s: the rule holds while the agent is dead, and is adopted', async (via, flood) => {
  await scene.enforce(labPolicy({ via }));
  await scene.attack(flood, async () => {
    const [rule] = await scene.mitigated(flood.destination);
    expect(rule).toMatchObject({ backend: via });
    await scene.killAgent();
    expect(await passedDuring(rule!.id, 30_000)).toBe(0);

    await scene.startAgent();
    const { mitigations } = await scene.until(() => true);
    expect(mitigations.map(({ id }) => id)).toEqual([rule!.id]);
    expect(await passedDuring(rule!.id, 30_000)).toBe(0);
  });
  await scene.quiet();
  expect(scene.rules()).toEqual([]);

  const audit = await scene.audited();
  expect(audit.of('agent.started').at(-1)?.body).toMatchObject({ adopted: 1, removed: 0 });
  const intents = audit
    .of('action.intent')
    .filter(({ body }) => body.match.destination.startsWith(flood.destination));
  expect(intents).toHaveLength(1);
  expect(audit.of('action.removed').at(-1)?.body).toMatchObject({ reason: 'quiet', verified: true });
  expect(faultsIn(audit.records)).toEqual([]);
  expect(unfinishedIn(audit.records)).toEqual([]);
});

test(
  `killed ${randomKills} times at any moment: no audit record is lost or doubled`,
  async () => {
    const random = new SeededRandom('kills');
    const rounds = [
      { ...floods.syn, destination: ipv4[0] },
      { ...floods.udp, destination: ipv6[0] },
      { ...floods.dns, destination: ipv4[1] },
      { ...floods.syn, destination: ipv6[1] },
      { ...floods.udp, destination: ipv4[2] },
      { ...floods.dns, destination: ipv6[2] },
    ];
    const written = new Set<string>();
    for (let round = 0; round < randomKills; round++) {
      const flood = rounds[round % rounds.length]!;
      await scene.attack(flood, async () => {
        await sleep(random.float() * 400);
        await scene.killAgent();
        for (const line of spooled()) written.add(line);
        await scene.startAgent();
        await scene.mitigated(flood.destination);
      });
    }
    await scene.quiet();
    const audit = await scene.audited();
    expect([...written].filter((line) => !audit.lines.includes(line))).toEqual([]);
    expect(faultsIn(audit.records)).toEqual([]);
    expect(unfinishedIn(audit.records)).toEqual([]);
    expect(scene.rules()).toEqual([]);
    expect(scene.verifyAudit()).toMatchObject({ exitCode: 0 });
  },
  20_000 + randomKills * 5_000,
);

/** Records that the killed agent had written, whether or not somebody has taken them yet. */
function spooled(): string[] {
  const folder = join(scene.stateDir, 'audit');
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return names.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
}

test.each([
  ['xdp', { ...floods.udp, destination: ipv4[1] }],
  ['nftables', { ...floods.syn, destination: ipv6[2] }],
] as const)('%s: an agent that never comes back leaves rules that the kernel ends', async (via, flood) => {
  const ttlMs = 1500;
  await scene.enforce(labPolicy({ via, ttl: `${ttlMs}ms` }));
  await scene.attack(flood, async () => {
    const [rule] = await scene.mitigated(flood.destination);
    await scene.killAgent();
    const killedAtMs = performance.now();
    const passed = scene.passed();
    expect(scene.rules()).toMatchObject([{ id: rule!.id, backend: via }]);
    await eventually('packets pass again', () => (scene.passed() - passed > 1000 ? true : null));
    // The rest is what it takes to look.
    expect(performance.now() - killedAtMs).toBeLessThan(ttlMs + 1000);
    expect(scene.rules()).toEqual([]);

    await scene.startAgent();
    await scene.mitigated(flood.destination);
  });
  await scene.quiet();
  const audit = await scene.audited();
  expect(audit.of('action.removed').slice(-2)).toMatchObject([
    { body: { reason: 'expired' } },
    { body: { reason: 'quiet' } },
  ]);
  expect(faultsIn(audit.records)).toEqual([]);
  expect(unfinishedIn(audit.records)).toEqual([]);
});

test('a rule of which the agent remembers nothing is removed, and the attack is answered anew', async () => {
  await scene.enforce(labPolicy());
  const flood = { ...floods.dns, destination: ipv6[1] };
  let forgotten = '';
  await scene.attack(flood, async () => {
    forgotten = (await scene.mitigated(flood.destination))[0]!.id;
    await scene.killAgent();
    rmSync(join(scene.stateDir, 'engine.state'));
    await scene.startAgent();
    const [rule] = await scene.mitigated(flood.destination);
    expect(rule!.id).not.toBe(forgotten);
    expect(scene.rules().map(({ id }) => id)).toEqual([rule!.id]);
  });
  await scene.quiet();
  const audit = await scene.audited();
  expect(audit.of('agent.started').at(-1)?.body).toMatchObject({ adopted: 0, removed: 1 });
  expect(audit.of('action.removed').filter(({ body }) => body.reason === 'orphan')).toMatchObject([
    { body: { mitigation: forgotten, verified: true } },
  ]);
});
