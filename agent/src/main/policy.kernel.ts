import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding, Findings } from '@tidegate/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tidegateBin } from '../testkit/daemons.ts';
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
let goodCommit: string;
beforeAll(async () => {
  scene = await createScene({ label: 'policy' });
  goodCommit = scene.push(labPolicy());
  await scene.startController();
  await scene.startAgent();
  await scene.watching();
});
afterAll(async () => {
  await scene.close();
});

const digestInForce = async (): Promise<string | null> =>
  (await scene.until(() => true)).heartbeat.digests.effective;

/** What `tidegate validate` says of the same text, in a folder. */
function validate(text: string): { status: number | null; findings: readonly Finding[] } {
  const folder = join(scene.directory, 'checkout');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'lab.yaml'), text);
  const args = [tidegateBin, 'validate', folder, '--format', 'json'];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, findings: (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Findings).findings };
}

test.each([
  {
    what: 'an unknown key',
    edit: ['mode: enforce', 'mdoe: enforce'],
    finding: { rule: 'TG1003', line: 6, column: 3, path: '/spec/mdoe', suggestion: 'mode' },
    flood: { ...floods.syn, destination: ipv4[0] },
  },
  {
    what: 'a wrong type',
    edit: ['confidence: 0.8', 'confidence: high'],
    finding: { rule: 'TG1004', line: 21, column: 79, path: '/spec/trigger/confidence' },
    flood: { ...floods.dns, destination: ipv6[1] },
  },
  {
    what: 'a bad CIDR',
    edit: ['203.0.113.0/24', '203.0.113.0/40'],
    finding: { rule: 'TG1007', line: 8, column: 13, path: '/spec/protect/0' },
    flood: { ...floods.udp, destination: ipv4[2] },
  },
  {
    what: 'broken YAML',
    edit: ['protect: [', 'protect: [['],
    finding: { rule: 'TG1001', line: 9, column: 1 },
    flood: { ...floods.syn, destination: ipv6[0] },
  },
] as const)(
  '$what is found at its place, the bundle before stays in force and defends',
  async ({ edit, finding, flood }) => {
    const digest = await digestInForce();
    const text = labPolicy().replace(edit[0], edit[1]);
    const commit = scene.push(text);
    const { policy } = await eventually('the controller has read the revision', async () => {
      const status = await scene.controllerStatus();
      return status.policy.seenCommit === commit ? status : null;
    });
    expect(policy.findings).toMatchObject([{ ...finding, file: 'lab.yaml', severity: 'error' }]);
    expect(policy.goodCommit).toBe(goodCommit);
    expect(validate(text)).toEqual({ status: 1, findings: policy.findings });

    await scene.attack(flood, async () => {
      await scene.mitigated(flood.destination);
    });
    await scene.quiet();
    expect(await digestInForce()).toBe(digest);
    const { of } = await scene.audited('controller');
    expect(of('policy.refused').at(-1)?.body).toMatchObject({ commit, findings: 1 });
  },
);

test('a good revision takes effect, and another one takes it back, also while an attack lasts', async () => {
  const destination = ipv6[2];
  await scene.enforce(labPolicy({ mode: 'observe' }));
  const passed = scene.passed();
  await scene.attack({ ...floods.udp, destination }, async () => {
    const { heartbeat } = await scene.until(({ mitigations }) => mitigations[0]?.level === 'installed');
    expect(heartbeat.incidents).toMatchObject([{ target: destination, state: 'open' }]);
    const counted = await eventually('the rule counts', () => {
      const [rule] = scene.rules();
      return rule !== undefined && rule.packets > 20_000 ? rule : null;
    });
    expect(counted.verdict).toBe('count');
    expect(scene.passed() - passed).toBeGreaterThanOrEqual(counted.packets);

    await scene.enforce(labPolicy());
    const [dropping] = await scene.mitigated(destination);
    expect(dropping!.id).not.toBe(counted.id);
    expect(scene.rules()).toMatchObject([{ id: dropping!.id, verdict: 'drop' }]);
  });
  await scene.quiet();
  const { records, of } = await scene.audited();
  expect(of('action.intent').slice(-2)).toMatchObject([
    { body: { mode: 'observe' } },
    { body: { mode: 'enforce' } },
  ]);
  expect(of('action.removed').slice(-2)).toMatchObject([
    { body: { reason: 'policy' } },
    { body: { reason: 'quiet' } },
  ]);
  expect(of('incident.closed').at(-1)?.body).toMatchObject({ target: destination, reason: 'quiet' });
  expect(faultsIn(records)).toEqual([]);
  expect(unfinishedIn(records)).toEqual([]);
  expect(scene.verifyAudit()).toMatchObject({ exitCode: 0 });
});
