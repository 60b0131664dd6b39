import { describe, expect, it } from 'vitest';
import type { Bundle } from '@tidegate/schemas';
import { SeededRandom, generate, synFlood } from './generator/index.ts';
import { Simulation, bundle } from './simulation.contract.ts';

const target = '203.0.113.10';
const random = new SeededRandom('engine');

/** Rules that outlast every pause in here: nothing ends by its TTL. */
const policy: Bundle = {
  ...bundle,
  playbooks: bundle.playbooks.map((playbook) => ({
    ...playbook,
    steps: playbook.steps.map((step) => ({ ...step, ttlMs: 86_400_000 })),
  })),
};

/** A node whose rule against a SYN flood is installed. */
function mitigated(): Simulation {
  const simulation = new Simulation('engine', policy);
  const flood = synFlood({ target, random, startNs: 1e9, endNs: 2e9, packetsPerSecond: 100_000, port: 443 });
  for (const { reading } of generate({ seed: 'engine', sources: [flood], durationMs: 1500 }))
    simulation.tick(reading);
  expect(simulation.rules.size).toBe(1);
  return simulation;
}

/** A node after a restart: what the one before remembered, and what it left installed. */
function restarted(before: Simulation, remembered: object = {}): Simulation {
  const after = new Simulation('after', policy);
  const [rule] = before.rules.values();
  after.rules.set(rule!.id, rule!);
  const seen = { id: rule!.id, packets: 100n, bytes: 10_000n, expiresInMs: rule!.ttlMs };
  const memory = { ...before.engine.snapshot(), ...remembered };
  after.carryOut(after.engine.adopt(memory, [{ backend: 'xdp', rule: seen }]));
  return after;
}

/** Nothing arrives; the kernel's clock is far along, as it is on a machine that has run for a while. */
function quiet(simulation: Simulation, seconds: number): void {
  for (let tick = 1; tick <= seconds * 10; tick++) {
    const atNs = 3600e9 + tick * 100e6;
    simulation.tick({
      atNs,
      intervalNs: 100e6,
      targets: [],
      samples: [],
      samplesLost: 0,
      uncountedPackets: 0,
    });
  }
}

describe('an incident always ends', () => {
  it('when its attack was over before the agent started again', () => {
    const after = restarted(mitigated());
    quiet(after, 3);
    expect(after.kinds()).toEqual(['action.removed', 'incident.closed']);
    expect(after.rules.size).toBe(0);
    expect(after.engine.status().incidents).toEqual([]);
  });

  it('when a tick came so late that its target was forgotten', () => {
    const simulation = mitigated();
    quiet(simulation, 3);
    expect(simulation.kinds().slice(-2)).toEqual(['action.removed', 'incident.closed']);
    expect(simulation.rules.size).toBe(0);
  });

  it('when a policy takes the threshold of its target away', () => {
    const simulation = mitigated();
    const [threshold] = bundle.thresholds;
    const elsewhere = { ...threshold!, targets: ['203.0.113.99/32'] };
    simulation.carryOut(simulation.engine.setPolicy({ ...policy, thresholds: [elsewhere] }));
    quiet(simulation, 1);
    expect(simulation.audit.at(-1)).toMatchObject({ kind: 'incident.closed', body: { reason: 'policy' } });
    expect(simulation.rules.size).toBe(0);
  });
});

it('stop-all that came while the agent was dead removes what it left installed', () => {
  const after = restarted(mitigated(), { isStopped: true });
  expect(after.rules.size).toBe(0);
  quiet(after, 1);
  expect(after.audit).toMatchObject([{ kind: 'action.removed', body: { reason: 'stopped' } }]);
});
