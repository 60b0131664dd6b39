/** A ceiling of the policy under a flood that nobody can name, through the real programs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildUdp } from '../engine/packet/index.ts';
import { addressList, startMixSender, type MixSender } from '../testkit/mix/index.ts';
import { labAddresses } from '../testkit/netns.ts';
import {
  createScene,
  eventually,
  faultsIn,
  labPolicy,
  unfinishedIn,
  type Scene,
} from '../testkit/scene/index.ts';
import { openProbe, type Probe } from '../testkit/traffic/index.ts';

const [target] = labAddresses.victim.ipv4;
const perSecond = 10_000;
const burstMs = 100;
/** A CPU takes one millisecond's worth of a ceiling at once. */
const slack = 2 * (perSecond / 1000);

/** Of an incident that no playbook is for, the release would be a minute. */
const forEverything = `---
apiVersion: tidegate/v1
kind: Playbook
metadata: { name: others }
spec:
  trigger: { families: ['*'], confidence: 0 }
  steps: [{ drop: { ttl: 30s } }]
  release: { after: 500ms }
`;
const policy = (mode: 'enforce' | 'observe'): string =>
  labPolicy({ mode, floor: '5kpps', ceiling: `{ packets: 10kpps, burst: ${burstMs}ms }` }) + forEverything;

let scene: Scene;
let probe: Probe;
let sender: MixSender;
beforeAll(async () => {
  scene = await createScene({ label: 'ceiling' });
  const { interfaceName, victimMac: destinationMac, namespaces } = scene.lab;
  probe = openProbe({ namespace: namespaces.victim, interfaceName });
  const sources = addressList(['198.51.100.1', '198.51.100.2']);
  const plan = { kinds: [shapeless], targets: addressList([target]), sources };
  const namespace = namespaces.net;
  sender = await startMixSender({ plan, destinationMac, seed: 'ceiling', namespace, cpu: 1 });
  scene.push(policy('enforce'));
  await scene.startController();
});
beforeEach(() => {
  probe.reset();
});
afterAll(async () => {
  await sender.close();
  probe.close();
  await scene.close();
});

/** Datagrams of every length in two flows, as a download sends them: too much, but like no attack. */
const shapeless = {
  name: 'download',
  weight: 1024,
  sources: 'spoofed',
  frameBytes: [60, 1400],
  packet: buildUdp({
    source: '198.51.100.1',
    destination: target,
    sourcePort: 40_000,
    destinationPort: 40_001,
    payload: new Uint8Array(64),
  }),
} as const;

/** Floods at up to fifty times the ceiling while `meanwhile` runs; resolves with how many packets were sent. */
async function flood(meanwhile: () => Promise<unknown>): Promise<number> {
  const { interfaceName } = scene.lab;
  const over = new AbortController();
  let sent = 0;
  const sending = (async () => {
    while (!over.signal.aborted) {
      sent += (await sender.send({ interfaceName, packets: perSecond })).packets;
      await sleep(20);
    }
  })();
  try {
    await meanwhile();
  } finally {
    over.abort();
    await sending;
  }
  return sent;
}

/** What a ceiling lets pass at the most in the time in which the probe saw packets. */
function allowed(): number {
  const { firstNs, lastNs } = probe.seen();
  return (perSecond * (lastNs - firstNs + burstMs * 1e6)) / 1e9 + slack;
}

/** So many packets reached the victim's stack. */
const reached = async (packets: number): Promise<unknown> =>
  await eventually(`${packets} packets have passed`, () => (probe.seen().packets >= packets ? true : null));

/** The flood is held down: a second of it, by the probe's clock, stays below the ceiling. */
async function isHeld(): Promise<void> {
  probe.reset();
  await reached(perSecond);
  expect(probe.seen().packets).toBeLessThanOrEqual(allowed());
}

async function holding(mode: 'enforce' | 'observe'): Promise<void> {
  const { heartbeat } = await scene.until(({ heartbeat: { incidents } }) =>
    incidents.some(({ ceiling }) => ceiling?.mode === mode),
  );
  expect(heartbeat.incidents).toMatchObject([
    { target, family: 'unclassified', state: mode === 'enforce' ? 'mitigating' : 'open' },
  ]);
}

/** The records of the last incident, which is over. */
async function story() {
  await scene.quiet();
  const { records, of } = await scene.audited();
  expect(faultsIn(records)).toEqual([]);
  expect(unfinishedIn(records)).toEqual([]);
  const { body: opened } = of('incident.opened').at(-1)!;
  const { body: closed } = of('incident.closed').at(-1)!;
  const ceilings = of('action.ceiling').flatMap(({ body }) =>
    body.incident === opened.incident ? [body] : [],
  );
  const intents = of('action.intent').filter(({ body }) => body.incident === opened.incident);
  return { opened, ceilings, closed, intents };
}

describe('with XDP', () => {
  beforeAll(async () => {
    await scene.startAgent();
    await scene.watching();
  });

  test('holds from the first packet; the incident names it, and closes with what it held back', async () => {
    const sent = await flood(async () => {
      await holding('enforce');
      await reached(2 * perSecond);
    });
    const { packets } = probe.seen();
    expect(sent).toBeGreaterThan(4 * packets);
    expect(packets).toBeLessThanOrEqual(allowed());

    const { opened, ceilings, closed, intents } = await story();
    expect(opened).toMatchObject({
      ...{ target, family: 'unclassified' },
      evidence: { ceiling: { threshold: 'default', exceeded: [{ class: 'packets', perSecond }] } },
    });
    const common = { mode: 'enforce', threshold: 'default', backend: 'xdp', level: 'effective' };
    expect(ceilings).toMatchObject([
      { ...common, phase: 'began' },
      { ...common, phase: 'ended', exceeded: [{ class: 'packets', perSecond }] },
    ]);
    expect(intents).toEqual([]);
    const held = Number(ceilings[1]!.packets);
    expect(held + packets).toBeLessThanOrEqual(sent);
    expect(held).toBeGreaterThan(packets);
    expect(closed).toMatchObject({ reason: 'quiet', droppedPackets: ceilings[1]!.packets });
  });

  test('in observe mode drops nothing, and says what it would have held back', async () => {
    await scene.enforce(policy('observe'));
    probe.reset();
    await flood(async () => {
      await holding('observe');
      await reached(5 * perSecond);
    });
    expect(probe.seen().packets).toBeGreaterThan(2 * allowed());
    const { ceilings, closed } = await story();
    expect(ceilings).toMatchObject([
      { phase: 'began', mode: 'observe', level: 'installed' },
      { phase: 'ended', mode: 'observe', level: 'installed' },
    ]);
    expect(Number(ceilings[1]!.packets)).toBeGreaterThan(perSecond);
    expect(closed).toMatchObject({ droppedPackets: '0' });
    await scene.enforce(policy('enforce'));
  });

  test('lets pass after stop-all, also while the agent hangs, and holds again when that is lifted', async () => {
    const passes = async (): Promise<void> => {
      probe.reset();
      await reached(5 * perSecond);
      expect(probe.seen().packets).toBeGreaterThan(2 * allowed());
    };
    await flood(async () => {
      await holding('enforce');
      await isHeld();
      expect(scene.command('outside', 'stop-all')).toMatchObject({ exitCode: 0 });
      await holding('observe');
      await passes();
      expect(scene.command('outside', 'lift')).toMatchObject({ exitCode: 0 });
      await holding('enforce');
      await isHeld();

      scene.agent.signal('SIGSTOP');
      expect(scene.command('inside', 'stop-all')).toMatchObject({ exitCode: 0 });
      await passes();
      scene.agent.signal('SIGCONT');
      await holding('observe');
      await passes();
      expect(scene.command('outside', 'lift')).toMatchObject({ exitCode: 0 });
      await holding('enforce');
      await isHeld();
    });
    await story();
  });

  test('goes on holding while the agent is away, and the next start takes it over', async () => {
    await flood(async () => {
      await holding('enforce');
      await scene.killAgent();
      await isHeld();
      await scene.startAgent();
      await holding('enforce');
      await isHeld();
    });
    await story();
    expect(scene.verifyAudit()).toMatchObject({ exitCode: 0 });
    await scene.agent.stop();
    expect(scene.traces()).toEqual([]);
  });
});

test('without XDP it is not held, and the agent says so at start and in its status', async () => {
  await scene.startAgent({ capture: { source: 'pcap' } });
  const note = 'without XDP no ceiling is held: default';
  expect((await scene.watching()).heartbeat.notes).toEqual([note]);
  expect(scene.command('outside', 'status').stdout).toContain(`note     ${note}`);
  expect(scene.agent.output()).toContain(note);
});
