import { afterEach, beforeEach, expect, test } from 'vitest';
import { openXdpSource } from '../capture/xdp/index.ts';
import { inNamespace } from '../testkit/frames/index.ts';
import { labAddresses } from '../testkit/netns.ts';
import {
  createScene,
  eventually,
  faultsIn,
  floods,
  labPolicy,
  unfinishedIn,
  type Flood,
  type Scene,
} from '../testkit/scene/index.ts';

const { ipv4, ipv6 } = labAddresses.victim;

let scene: Scene;
beforeEach(async () => {
  scene = await createScene({ label: 'pcap' });
  scene.push(labPolicy());
  await scene.startController();
});
afterEach(async () => {
  await scene.close();
});

/** Sees a flood detected from libpcap, dropped by nftables, and the rule gone again. */
async function defend(flood: Flood): Promise<void> {
  await scene.attack(flood, async () => {
    const [rule] = await scene.mitigated(flood.destination);
    expect(rule).toMatchObject({ backend: 'nftables' });
    const passed = scene.passed();
    const [{ packets } = { packets: 0 }] = scene.rules();
    await eventually('the rule hits', () =>
      (scene.rules()[0]?.packets ?? 0) - packets > 30_000 ? true : null,
    );
    expect(scene.passed()).toBe(passed);
  });
  await scene.quiet();
  expect(scene.rules()).toEqual([]);
}

test('libpcap and nftables alone: detected, dropped, seen to be dropped, released', async () => {
  await scene.startAgent({ capture: { source: 'pcap' } });
  const { heartbeat } = await scene.watching();
  expect(heartbeat.capture).toBe('pcap on eth0');
  await defend({ ...floods.syn, destination: ipv4[0] });
  await defend({ ...floods.dns, destination: ipv6[0] });
  await scene.agent.stop();
  expect(scene.traces()).toEqual([]);
  const { records, of } = scene.audit();
  expect(of('action.receipt').map(({ body }) => body.level)).toEqual([
    'installed',
    'effective',
    'installed',
    'effective',
  ]);
  expect(faultsIn(records)).toEqual([]);
  expect(unfinishedIn(records)).toEqual([]);
});

test('auto falls back where another XDP program sits on the interface, leaves it there, and says so', async () => {
  const stranger = inNamespace(scene.lab.namespaces.victim, () =>
    openXdpSource({
      instance: `${scene.instance}-other`,
      interfaces: [scene.lab.interfaceName],
      protect: ['192.0.2.0/24'],
      safelist: [],
      targetsMax: 64,
      samplesPerSecondMax: 100,
      mode: 'auto',
    }),
  );
  try {
    await scene.startAgent({ capture: { source: 'auto' } });
    const { heartbeat } = await scene.watching();
    expect(heartbeat.capture).toBe('pcap on eth0');
    expect(scene.command('outside', 'status').stdout).toContain('capture pcap on eth0');
    expect(scene.agent.output()).toMatch(/falling back to libpcap.*Another XDP program \(tidegate, id \d+\)/);
    await defend({ ...floods.udp, destination: ipv6[1] });
    const { of } = await scene.audited();
    expect(of('agent.started').at(-1)?.body.capture).toBe('pcap on eth0');
    await scene.agent.stop();
    expect(scene.traces()).toEqual(['an XDP program on eth0']);
  } finally {
    stranger.close({ keepRules: false });
  }
});
