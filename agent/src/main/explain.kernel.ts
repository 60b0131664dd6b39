/** Explanations and what is usual, asked of the real daemon during and after a real flood. */
import type { Explanation } from '@tidegate/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labAddresses } from '../testkit/netns.ts';
import { createScene, floods, labPolicy, type Scene } from '../testkit/scene/index.ts';

const [target] = labAddresses.victim.ipv4;

let scene: Scene;
beforeAll(async () => {
  scene = await createScene({ label: 'explain' });
  scene.push(labPolicy());
  await scene.startController();
  await scene.startAgent();
  await scene.watching();
});
afterAll(async () => {
  await scene.close();
});

const explained = (): Explanation =>
  JSON.parse(scene.command('inside', 'explain', '--format', 'json').stdout) as Explanation;

test('nothing happened: that is said', () => {
  expect(scene.command('inside', 'explain')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('no incident yet') as string,
  });
});

test('a flood is explained in the words of its audit records, also after a restart', async () => {
  await scene.attack({ ...floods.dns, destination: target }, async () => {
    await scene.mitigated(target);
    const open = explained();
    expect(open).toMatchObject({ target, family: 'dns_amplification', closedAt: null });
    expect(open.measured[0]).toMatch(/receives [\d.]+ [kM]?(pps|bps) over .*threshold "/);
    expect(open.measured.at(-1)).toMatch(/^tier B/);
    expect(open.answered.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/drop in xdp for .* step 1 of playbook/),
        expect.stringMatching(/takes effect/),
      ]),
    );
  });
  await scene.quiet();
  const closed = explained();
  expect(closed.closedAt).not.toBeNull();
  const { of } = await scene.audited();
  const [opened] = of('incident.opened').map(({ body }) => body);
  expect(closed.measured).toEqual(opened?.detected);
  expect(closed.named).toEqual(expect.arrayContaining([...(opened?.reasons ?? [])]));
  await scene.agent.stop();
  await scene.startAgent();
  await scene.watching();
  expect(explained()).toEqual(closed);
});

test('what is usual is shown, and can be pinned', async () => {
  const { stdout } = scene.command('inside', 'baseline', target);
  expect(stdout).toMatch(/^\S+ {2}known for 0\.\d hours/);
  const pinned = scene.command('inside', 'baseline', target, '--pin', 'packets=5kpps', '--format', 'json');
  expect(JSON.parse(pinned.stdout)).toMatchObject({ targets: [{ target }] });
  expect(scene.command('inside', 'baseline', target, '--pin', 'packets=5').exitCode).toBe(2);
  const { of } = await scene.audited();
  expect(of('operator.command').map(({ body }) => body.command)).toContain('baseline-pin');
});
