/**
 * Weeks of traffic with pulses and ramps among it, through the stages up to the detector.
 *
 * The short run has one node with one address, two days to learn, and fewer attacks: enough to tell that the stages work
 * together, and too little to judge them by. `TIDEGATE_TEST_FULL=1` runs what the bench runs, on the seeds
 * of the commit: `npm run bench -- detection` says more about each miss.
 */
import { describe, expect, it } from 'vitest';
import { figuresOf } from '../bench/detection/figures.ts';
import { runSeed } from '../bench/detection/run.ts';
import type { RunOptions } from '../bench/detection/run.ts';
import { commitHash, evaluationSeeds } from '../bench/detection/seeds.ts';

const isFull = process.env['TIDEGATE_TEST_FULL'] === '1';
const seeds = isFull ? evaluationSeeds(commitHash(), 20) : ['sim-3'];
const reduced: Partial<RunOptions> = {
  ...{ learningDays: 2, testDays: 0.06, pulses: 2, ramps: 1 },
  ...{ withReferences: false, wholeFirstSeconds: 300, wholeLastSeconds: 600 },
};
const timeoutMs = isFull ? 6 * 3600e3 : 120_000;

describe('the detector', () => {
  it(
    `sees pulses and ramps, and leaves the rest alone, seeds ${seeds.join(' ')}`,
    { timeout: timeoutMs },
    () => {
      const results = seeds.map((seed) => runSeed({ seed, ...(isFull ? {} : reduced) }));
      const figures = figuresOf(results, 'tidegate');
      console.log(JSON.stringify(figures, null, 1));
      for (const { seed, verdicts } of results)
        for (const alarm of verdicts[0]?.falseAlarms ?? []) console.log(seed, JSON.stringify(alarm));
      expect(figures['pulsesDetectedShare']).toBeGreaterThanOrEqual(0.98);
      expect(figures['pulseMsP50']).toBeLessThanOrEqual(300);
      expect(figures['pulseMsP99']).toBeLessThanOrEqual(1000);
      expect(figures['rampsDetectedShare']).toBe(1);
      // The short run has a single ramp, which is no median.
      expect(figures['rampSecondsP50']).toBeLessThanOrEqual(isFull ? 120 : 300);
      expect(figures['heldShareP5']).toBeGreaterThanOrEqual(0.95);
      expect(figures['benignMitigations']).toBe(0);
      expect(figures['falseAlarmsPerWeek']).toBeLessThanOrEqual(isFull ? 1 : 0);
    },
  );
});
