import { describe, expect, it } from 'vitest';
import { counter, counterNames } from '../types.ts';
import { Windows } from './index.ts';

/** How often each target is told of a second, of so many targets over so many seconds. */
function told(targets: number, seconds: number, tickMs: number): { most: number; all: Map<string, number> } {
  const windows = new Windows();
  const counts = new Float64Array(counterNames.length);
  counts[counter.packets] = 10;
  const readings = Array.from({ length: targets }, (_, number) => ({
    target: `10.0.${number >> 8}.${number & 255}`,
    counts,
  }));
  const all = new Map<string, number>();
  let most = 0;
  for (let tick = 1; tick <= (seconds * 1000) / tickMs; tick++) {
    windows.fold({
      ...{ atNs: 1e12 + tick * tickMs * 1e6, intervalNs: tickMs * 1e6, targets: readings },
      ...{ samples: [], samplesLost: 0, uncountedPackets: 0 },
    });
    let now = 0;
    windows.observations((target, feature) => {
      if (feature !== 0) return;
      now += 1;
      all.set(target, (all.get(target) ?? 0) + 1);
    });
    most = Math.max(most, now);
  }
  return { most, all };
}

describe('what the baseline is told', () => {
  it('is each second of each target once, some of them in each tick', () => {
    const { most, all } = told(1000, 11, 100);
    expect(most).toBeLessThanOrEqual(150);
    expect(all.size).toBe(1000);
    expect([...all.values()].every((count) => count === 10 || count === 11)).toBe(true);
  });

  it('is all of it at once where a tick is a second', () => {
    const { most, all } = told(1000, 5, 1000);
    expect(most).toBe(1000);
    expect(new Set(all.values())).toEqual(new Set([5]));
  });
});
