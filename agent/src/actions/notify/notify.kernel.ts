/** The real agent tells of a real flood, beside a receiver that hangs and one that fails. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labAddresses } from '../../testkit/netns.ts';
import { startReceiver, type Received, type Receiver } from '../../testkit/receiver/index.ts';
import { createScene, floods, labPolicy, type Scene } from '../../testkit/scene/index.ts';
import { until } from '../../testkit/until.ts';

const [target] = labAddresses.victim.ipv4;
const key = 'a-key-for-tests-only';

let scene: Scene;
let receiver: Receiver;
const channel = (name: string, path: string): string => `---
apiVersion: tidegate/v1
kind: NotificationChannel
metadata: { name: ${name} }
spec:
  webhook: { url: '${receiver.url}/${path}', secret: 'env:TG_TEST_HOOK_KEY' }
`;
const told = (path: Received['path']): Received[] => receiver.received().filter((one) => one.path === path);
beforeAll(async () => {
  process.env['TG_TEST_HOOK_KEY'] = key;
  scene = await createScene({ label: 'notify' });
  receiver = await startReceiver(scene.lab.namespaces.victim);
  const channels = ['ok', 'hang', 'fail'].map((name) => channel(name, name)).join('');
  scene.push(labPolicy({ notify: ['ok', 'hang', 'fail'] }) + channels);
  await scene.startController();
  await scene.startAgent({ policySecrets: ['env:TG_TEST_HOOK_KEY'] });
  await scene.watching();
});
afterAll(async () => {
  await receiver.stop();
  await scene.close();
  delete process.env['TG_TEST_HOOK_KEY'];
});

test('an attack is told when it begins, when it is answered and when it is over', async () => {
  await scene.attack({ ...floods.dns, destination: target }, async () => {
    await scene.mitigated(target);
    await until(() => told('/ok').length >= 2);
  });
  await scene.quiet();
  await until(() => told('/ok').some(({ notification }) => notification.occasion === 'closed'));
  const [opened, answered, closed] = told('/ok').map(({ notification }) => notification);
  expect(opened).toMatchObject({ occasion: 'opened', target, family: 'dns_amplification', closedAt: null });
  expect(opened?.measured[0]).toMatch(/receives .* threshold "default"/);
  expect(answered).toMatchObject({
    occasion: 'answered',
    undo: `tidegate-agent release ${opened?.incident ?? ''}`,
  });
  expect(answered?.answered.map(({ text }) => text).join('; ')).toMatch(/drop in xdp .* takes effect/s);
  expect(closed).toMatchObject({ occasion: 'closed', undo: null });
});

test('what is told is signed, and carries what a receiver knows it by', () => {
  for (const { headers, notification } of told('/ok')) {
    expect(headers['idempotency-key']).toBe(notification.id);
    const [, seconds, hex] = /^t=(\d+),v1=(\w+)$/.exec(headers['tidegate-signature'] ?? '') ?? [];
    const body = JSON.stringify(notification);
    expect(createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')).toBe(hex);
  }
});

test('a receiver that hangs and one that fails delay neither ticks nor each other, and the loss is on record', async () => {
  await until(() => told('/fail').length >= 3);
  expect(told('/hang').length).toBeGreaterThan(0);
  await scene.agent.stop();
  // Without the secret, for the next test; this one reads what the agent before it recorded.
  await scene.startAgent();
  await scene.watching();
  const { of } = await scene.audited();
  const sent = of('notification.sent').map(({ body }) => body);
  expect(sent.map(({ channel: name, occasion }) => `${name} ${occasion}`)).toEqual([
    'ok opened',
    'ok answered',
    'ok closed',
  ]);
  const failed = of('notification.failed').map(({ body }) => body);
  expect(new Set(failed.map(({ channel: name }) => name))).toEqual(new Set(['hang', 'fail']));
  expect(failed.filter(({ channel: name }) => name === 'fail')).toHaveLength(3);
  const afterMs = sent.map((body) => body.afterMs);
  console.log(`notify: ${String(afterMs[0])} ms from the notification to the answer of the receiver`);
});

test('a secret that the agent does not let a policy have is used for nothing, and status says so', async () => {
  const before = receiver.received().length;
  const { heartbeat } = await scene.watching();
  expect(heartbeat.notes?.join('; ')).toMatch(/channel ok cannot be used: .*policySecrets/);
  await scene.attack({ ...floods.dns, destination: target }, async () => {
    await scene.mitigated(target);
  });
  await scene.quiet();
  expect(receiver.received()).toHaveLength(before);
});
