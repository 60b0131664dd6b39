import { describe, expect, it } from 'vitest';
import type { Bundle } from '@tidegate/schemas';
import {
  SeededRandom,
  dnsAmplification,
  generate,
  synFlood,
  udpFlood,
  webSessions,
} from '../generator/index.ts';
import type { TrafficSource } from '../generator/index.ts';
import { bundle } from '../simulation.contract.ts';
import type { Reading } from '../types.ts';
import { differences } from './diff.ts';
import { SimulationRun } from './simulation.ts';
import type { SimulationOutcome } from './simulation.ts';

const target = '203.0.113.10';
const seed = 'simulation';
const startedAtMs = Date.UTC(2026, 0, 1);

interface Traffic {
  readonly attack: (timing: Parameters<typeof udpFlood>[0]) => TrafficSource;
  readonly isLabelled: boolean;
  readonly startMs: number;
}

function* traffic({ attack, isLabelled, startMs }: Traffic): Generator<Reading> {
  const random = new SeededRandom(seed);
  const timing = {
    target,
    random,
    startNs: startMs * 1e6,
    endNs: (startMs + 400) * 1e6,
    packetsPerSecond: 30_000,
  };
  const flood = attack({ ...timing, port: 80, payloadBytes: { from: 300, to: 300 } });
  const sources = [webSessions({ target, random, sessionsPerSecond: 60 }), flood];
  for (const { reading } of generate({ seed, sources, durationMs: startMs + 1000 }))
    yield isLabelled
      ? reading
      : { ...reading, samples: reading.samples.map(({ label, ...sample }) => sample) };
}

function simulate(options: Partial<Traffic> = {}, policy: Bundle = bundle): SimulationOutcome {
  const run = new SimulationRun({ bundle: policy, startedAtMs });
  const given = { attack: udpFlood, isLabelled: true, startMs: 1000, ...options };
  for (const reading of traffic(given)) run.take(reading);
  return run.outcome();
}

describe('collateral', () => {
  it('is told by labels, of the time in which something was done', () => {
    const { collateral } = simulate();
    expect(collateral).toMatchObject({ packets: 0, share: 0, basis: 'labels', reason: null });
    expect(collateral.samples).toBeGreaterThan(20);
  });

  it('is what a ceiling takes from everybody alike', () => {
    const ceiling = { burstMs: 100, limits: [{ class: 'packets', perSecond: 3000 }] } as const;
    const thresholds = [{ ...bundle.thresholds[0]!, ceiling: { ...ceiling, limits: [...ceiling.limits] } }];
    const { collateral, packets, incidents } = simulate({}, { ...bundle, thresholds, playbooks: [] });
    expect(incidents).toMatchObject([{ actions: [{ type: 'ceiling', ttlSeconds: null, match: null }] }]);
    // Of about 30,500 packets/s pass 3000.
    expect(collateral.share).toBeGreaterThan(0.85);
    expect(collateral.share).toBeLessThan(0.92);
    expect(packets.wouldDrop).toBeGreaterThan(8000);
  });

  it('is estimated from what came before, where nothing is labelled', () => {
    const { collateral } = simulate({ isLabelled: false, startMs: 13_000 });
    expect(collateral).toMatchObject({ packets: 0, share: 0, basis: 'quiet-samples', reason: null });
    expect(collateral.samples).toBeGreaterThan(10);
  });

  it('is not known where nothing is labelled and nothing came before', () => {
    const { collateral } = simulate({ isLabelled: false });
    expect(collateral).toMatchObject({ packets: null, share: null, basis: null, samples: 0 });
    expect(collateral.reason).toMatch(/^the samples are not labelled/);
  });

  it('is none where nothing was done', () => {
    const { collateral, packets } = simulate({ isLabelled: false }, { ...bundle, playbooks: [] });
    expect(collateral).toEqual({ packets: 0, share: 0, basis: null, samples: 0, reason: null });
    expect(packets).toMatchObject({ wouldDrop: 0, wouldAnswer: 0 });
  });
});

describe('an incident', () => {
  it('has its times since the start of the traffic, and what was done', () => {
    const { incidents, durationMs, windows } = simulate();
    expect([durationMs, windows]).toEqual([2000, 20]);
    expect(incidents).toMatchObject([
      {
        ...{
          target,
          family: 'udp_flood',
          startedAtMs: 1000,
          detectedAtMs: 1100,
          endedAtMs: null,
          refused: [],
        },
        actions: [
          { type: 'drop', atMs: 1100, ttlSeconds: 60, backend: 'xdp', level: 'effective', endedAtMs: null },
        ],
      },
    ]);
  });

  it('is closed when it is over, and its rules are lifted', () => {
    const playbooks = bundle.playbooks.map((playbook) => ({ ...playbook, releaseAfterMs: 200 }));
    const { incidents } = simulate({}, { ...bundle, playbooks });
    const [incident] = incidents;
    expect(incident!.endedAtMs).toBe(1600);
    expect(incident!.actions[0]!.endedAtMs).not.toBeNull();
  });

  it('of an address that the policy does not protect is none', () => {
    const run = new SimulationRun({ bundle: { ...bundle, protect: ['192.0.2.0/24'] }, startedAtMs });
    for (const reading of traffic({ attack: udpFlood, isLabelled: true, startMs: 1000 })) run.take(reading);
    expect(run.outcome()).toMatchObject({ incidents: [], packets: { total: 0 } });
  });

  it('in observe mode says what would have been done, and what that would have dropped', () => {
    const { incidents, packets } = simulate({}, { ...bundle, mode: 'observe' });
    expect(incidents).toMatchObject([{ actions: [{ type: 'drop', mode: 'observe', level: 'installed' }] }]);
    expect(packets.wouldDrop).toBeGreaterThan(8000);
  });
});

describe('labels of windows', () => {
  const requests = (timing: Parameters<typeof udpFlood>[0]): TrafficSource =>
    synFlood({ ...timing, port: 80 });

  it('say what was missed', () => {
    const run = new SimulationRun({ bundle, startedAtMs });
    for (const reading of traffic({ attack: requests, isLabelled: true, startMs: 1000 })) {
      const atMs = reading.atNs / 1e6;
      const isOn = atMs > 1000 && atMs <= 1400;
      run.take(reading, [
        { target, family: isOn ? 'syn_flood' : 'none' },
        ...(isOn ? [{ target: '203.0.113.99', family: 'udp_flood' }] : []),
      ]);
    }
    const { labelled, incidents } = run.outcome();
    expect(labelled).toEqual([
      {
        target,
        family: 'syn_flood',
        startedAtMs: 1000,
        endedAtMs: 1400,
        incident: incidents[0]!.id,
        detectionMs: 100,
      },
      {
        target: '203.0.113.99',
        family: 'udp_flood',
        startedAtMs: 1000,
        endedAtMs: 1400,
        incident: null,
        detectionMs: null,
      },
    ]);
  });
});

describe('two policies', () => {
  it('differ in incidents, or in what is done about the same ones', () => {
    const now = simulate().incidents;
    const quiet = simulate({}, { ...bundle, playbooks: [] }).incidents;
    const told = { incident: now[0]!.id, target, family: 'udp_flood' };
    expect(differences(quiet, now)).toEqual({
      newlyTriggered: [{ ...told, atMs: 1100, trigger: 'drop' }],
      noLongerTriggered: [],
    });
    expect(differences(now, now)).toEqual({ newlyTriggered: [], noLongerTriggered: [] });
    expect(differences(now, []).noLongerTriggered.map(({ trigger }) => trigger)).toEqual([
      'incident',
      'drop',
    ]);
  });
});

describe('the same policy on the same traffic', () => {
  it('gives the same outcome, to the byte', () => {
    const attack = (timing: Parameters<typeof udpFlood>[0]): TrafficSource =>
      dnsAmplification({ ...timing, reflectors: 300, messageBytes: { from: 1180, to: 1380 } });
    expect(JSON.stringify(simulate({ attack }))).toBe(JSON.stringify(simulate({ attack })));
  });
});
