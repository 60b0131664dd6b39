import { describe, expect, it } from 'vitest';
import { counter, counterNames } from '../../../engine/types.ts';
import type { Reading } from '../../../engine/types.ts';
import type { Watcher } from '../watcher.ts';
import { createEwma } from './ewma.ts';
import { createSlidingP99 } from './sliding-p99.ts';
import { createStatic } from './static.ts';

const target = '203.0.113.10';

function reading(second: number, window: number, packetsPerSecond: number): Reading {
  const counts = new Float64Array(counterNames.length);
  counts[counter.packets] = packetsPerSecond / 10;
  const atNs = second * 1e9 + (window + 1) * 1e8;
  const targets = [{ target, counts }];
  return { atNs, intervalNs: 1e8, targets, samples: [], samplesLost: 0, uncountedPackets: 0 };
}

/** Seconds in which the alarm was over its limit. */
function secondsOver(watcher: Watcher, seconds: number, rate: (second: number) => number): number[] {
  const over: number[] = [];
  for (let second = 0; second < seconds; second++) {
    for (let window = 0; window < 10; window++) watcher.look(reading(second, window, rate(second)));
    if (watcher.alarms.get(target)?.state === 'over') over.push(second);
  }
  return over;
}

const jump =
  (at: number, to: number) =>
  (second: number): number =>
    second < at ? 4000 : to;

describe('reference detectors', () => {
  it('three times p99: alarms with the third second in a row, and learns the attack', () => {
    const over = secondsOver(createSlidingP99(), 1000, jump(400, 30_000));
    expect(over[0]).toBe(402);
    // One in a hundred of 300 s are 3 s: from then on the attack is what is usual.
    expect(over.at(-1)).toBeLessThan(410);
  });

  it('two averages: alarm at once above five times, and follow the attack', () => {
    const over = secondsOver(createEwma(), 2000, jump(1000, 40_000));
    expect(over[0]).toBe(1000);
    expect(over.at(-1)).toBeLessThan(1400);
  });

  it('two averages: do not see what grows slowly', () => {
    const over = secondsOver(createEwma(), 3000, (second) => 4000 + Math.max(0, second - 1500) * 20);
    expect(over).toEqual([]);
  });

  it('static: is over as long as there is more', () => {
    expect(secondsOver(createStatic(), 30, jump(10, 20_001))).toHaveLength(20);
    expect(secondsOver(createStatic(), 30, jump(10, 20_000))).toEqual([]);
  });

  it('never alarm below the floor', () => {
    const small = (second: number): number => (second < 400 ? 100 : 4000);
    expect(secondsOver(createSlidingP99(), 600, small)).toEqual([]);
    expect(secondsOver(createEwma(), 600, small)).toEqual([]);
  });

  it('keep an alarm open for a while', () => {
    const watcher = createStatic();
    secondsOver(watcher, 20, (second) => (second < 15 ? 50_000 : 100));
    expect(watcher.alarms.get(target)?.state).toBe('held');
    secondsOver(watcher, 40, () => 100);
    expect(watcher.alarms.size).toBe(0);
  });
});
