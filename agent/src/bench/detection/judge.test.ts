import { describe, expect, it } from 'vitest';
import type { AssaultFacts } from '../../engine/generator/rates/index.ts';
import type { BenignEvent } from '../../engine/generator/rates/index.ts';
import { Judge } from './judge.ts';
import type { Verdict } from './judge.ts';
import type { Alarm, Watcher } from './watcher.ts';

const target = '203.0.113.10';
const windowMs = 100;

const attack = (startMs: number, endMs: number, more: Partial<AssaultFacts['plan']> = {}): AssaultFacts => ({
  plan: { family: 'udp_flood', target, startMs, endMs, packetsPerSecond: 50_000, isRamp: false, ...more },
  usualPacketsPerSecond: 1000,
  usualBitsPerSecond: 4e6,
  bitsPerSecond: 200e6,
});

type Script = (atMs: number) => readonly [string, Alarm['state'], Alarm['tier']?][];

function judged(facts: readonly AssaultFacts[], script: Script, benign: BenignEvent[] = []): Verdict {
  const alarms = new Map<string, Alarm>();
  const watcher: Watcher = { name: 'scripted', alarms, surges: new Set(), look: () => undefined };
  const plan = { learningDays: 0, testDays: 1, benign, assaults: facts.map((one) => one.plan) };
  const judge = new Judge(watcher, plan);
  for (let atMs = windowMs; atMs <= 200_000; atMs += windowMs) {
    alarms.clear();
    for (const [name, state, tier = 'A'] of script(atMs))
      alarms.set(name, { state, tier, answer: tier === 'B' ? 'udp_flood' : null, reason: 'why' });
    const begun = facts.filter((one) => one.plan.startMs < atMs);
    judge.observe(atMs, windowMs, begun);
  }
  return judge.verdict();
}

const from =
  (fromMs: number, toMs: number, name = target, tier: Alarm['tier'] = 'A'): Script =>
  (atMs) =>
    atMs >= fromMs && atMs <= toMs ? [[name, 'over', tier]] : [];

describe('the judge', () => {
  it('measures from the first packet to the end of the window that alarmed', () => {
    const { attacks, falseAlarms } = judged([attack(10_050, 20_000)], from(10_200, 25_000));
    expect(attacks[0]).toMatchObject({ detectedMs: 150, mitigatedMs: null, heldShare: 1, multiple: 50 });
    expect(falseAlarms).toEqual([]);
  });

  it('takes an alarm for a prefix that holds the target, and none for another target', () => {
    const own = judged([attack(10_000, 20_000)], from(10_300, 20_000, '203.0.113.0/24', 'B'));
    expect(own.attacks[0]).toMatchObject({ detectedMs: 300, mitigatedMs: 300 });
    const other = judged([attack(10_000, 20_000)], from(10_300, 20_000, '203.0.113.11'));
    expect(other.attacks[0]).toMatchObject({ detectedMs: null, heldShare: 0 });
    expect(other.falseAlarms).toHaveLength(1);
  });

  it('takes an alarm for a host of a prefix that is attacked as a whole', () => {
    const facts = [attack(10_000, 20_000, { family: 'carpet_bombing' })];
    expect(judged(facts, from(10_500, 20_000, '203.0.113.77')).attacks[0]?.detectedMs).toBe(500);
    expect(judged(facts, from(10_500, 20_000, '203.0.114.77')).attacks[0]?.detectedMs).toBeNull();
  });

  it('does not count what comes after the end', () => {
    const { attacks, falseAlarms } = judged([attack(10_000, 12_000)], from(12_200, 20_000));
    expect(attacks[0]?.detectedMs).toBeNull();
    expect(falseAlarms).toEqual([]);
  });

  it('says how long of the attack the alarm stayed open', () => {
    const script: Script = (atMs) =>
      atMs < 10_100 || atMs > 20_000 || (atMs > 12_000 && atMs <= 17_000) ? [] : [[target, 'over']];
    const { attacks } = judged([attack(10_000, 20_000)], script);
    expect(attacks[0]?.heldShare).toBeCloseTo(0.5, 2);
  });

  it('takes being held for open, and not for detected', () => {
    const script: Script = (atMs) => (atMs > 5000 && atMs < 30_000 ? [[target, 'held']] : []);
    expect(judged([attack(10_000, 20_000)], script).attacks[0]).toMatchObject({ detectedMs: null });
  });

  it('calls an alarm false that no attack excuses, whatever else goes on', () => {
    const crowd: BenignEvent = {
      ...{ kind: 'flash-crowd', target, service: 'browsers', startMs: 50_000, riseMs: 1, stayMs: 30_000 },
      ...{ fallMs: 1, factor: 5, packetsPerSecond: 0, newShare: null },
    };
    const { falseAlarms } = judged([attack(10_000, 12_000)], from(60_000, 62_000, target, 'B'), [crowd]);
    expect(falseAlarms).toEqual([
      {
        ...{ target, atMs: 60_000, durationMs: 2000, tier: 'B', answer: 'udp_flood', reason: 'why' },
        during: ['flash-crowd'],
      },
    ]);
  });

  it('excuses half a minute after an attack, and no longer', () => {
    const facts = [attack(10_000, 12_000)];
    expect(judged(facts, from(41_000, 45_000)).falseAlarms).toEqual([]);
    expect(judged(facts, from(42_100, 45_000)).falseAlarms).toHaveLength(1);
  });
});
