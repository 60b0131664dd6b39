import { afterAll, beforeAll, expect, test } from 'vitest';
import { createScene, eventually, labPolicy, type Scene } from '../testkit/scene/index.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene({ label: 'iface' });
  scene.push(labPolicy());
  await scene.startController();
  await scene.startAgent();
  await scene.watching();
});
afterAll(async () => {
  await scene.close();
});

const inVictim = (command: string): string =>
  scene.lab.run(scene.lab.namespaces.victim, 'ip', ...command.split(' '));

test('an interface that goes away is said to be gone, and watched again when it is back', async () => {
  inVictim('link del eth0');
  await eventually('the loss is told', () =>
    scene.agent.output().includes('an interface is gone and not watched') ? true : null,
  );
  inVictim('link add eth0 type veth peer name eth0peer');
  inVictim('link set eth0 up');
  await eventually('the interface is watched again', () =>
    scene.agent.output().includes('watching again') ? true : null,
  );
  expect(inVictim('-d link show dev eth0')).toMatch(/prog\/xdp/);
  const { heartbeat } = await scene.until(() => true);
  expect(heartbeat.mode).toBe('enforce');
  expect(scene.agent.exitCode()).toBeNull();
});
