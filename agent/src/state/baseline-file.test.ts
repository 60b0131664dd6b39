import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Baseline } from '../engine/baseline/index.ts';
import { BaselineFile } from './baseline-file.ts';

const options = { features: ['packets@1s', 'udp@1s'] };
const start = Date.UTC(2026, 0, 5);
const target = '203.0.113.7';
let directory: string;

/** A baseline that has seen this many seconds of a level. */
function learned(level: number, seconds = 300): Baseline {
  const baseline = new Baseline(options);
  learn(baseline, level, 0, seconds);
  return baseline;
}
function learn(baseline: Baseline, level: number, from: number, until: number): void {
  for (let second = from; second < until; second += 1)
    baseline.observe(target, 0, start + second * 1000, level);
}
const countOf = (baseline: Baseline, second: number): number =>
  baseline.usual(target, 0, start + second * 1000)?.count ?? 0;
const medianOf = (baseline: Baseline): number => baseline.usual(target, 0, start + 300_000)?.median ?? NaN;
const load = async (): Promise<{ baseline: Baseline; problems: readonly string[] }> =>
  new BaselineFile(directory).load(options);
/** Changes one byte in the middle of a saved file. */
function damage(name: string): void {
  const bytes = readFileSync(join(directory, name));
  bytes[bytes.length >> 1]! ^= 255;
  writeFileSync(join(directory, name), bytes);
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-baseline-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('BaselineFile', () => {
  it('begins empty, and gives back what was saved last', async () => {
    const file = new BaselineFile(directory);
    expect((await file.load(options)).baseline.targetCount).toBe(0);
    await file.save(learned(1000));
    await file.save(learned(5000));
    await file.save(learned(9000));
    const { baseline, problems } = await load();
    expect(problems).toEqual([]);
    expect(medianOf(baseline)).toBe(medianOf(learned(9000)));
    expect(readdirSync(directory).sort()).toEqual(['baseline.0', 'baseline.1']);
  });

  it('a process that is killed before the rename leaves the baseline before', async () => {
    await new BaselineFile(directory).save(learned(1000));
    const killed = new BaselineFile(directory, {
      open,
      rename: async () => {
        throw new Error('killed');
      },
    });
    await killed.load(options);
    await expect(killed.save(learned(9000))).rejects.toThrow('killed');
    expect(medianOf((await load()).baseline)).toBe(medianOf(learned(1000)));
    const next = new BaselineFile(directory);
    await next.load(options);
    await next.save(learned(5000));
    expect(medianOf((await load()).baseline)).toBe(medianOf(learned(5000)));
  });

  it('a process that is killed while it writes leaves the baseline before', async () => {
    await new BaselineFile(directory).save(learned(1000));
    writeFileSync(join(directory, 'baseline.0.tmp'), 'tidegate-baseline 2\nTGB');
    const { baseline, problems } = await load();
    expect(medianOf(baseline)).toBe(medianOf(learned(1000)));
    expect(problems).toEqual([]);
  });

  it('uses the one before when the newest is damaged, says so, and overwrites the damaged one', async () => {
    const file = new BaselineFile(directory);
    await file.save(learned(1000));
    await file.save(learned(9000));
    damage('baseline.0');
    const again = new BaselineFile(directory);
    const { baseline, problems } = await again.load(options);
    expect(medianOf(baseline)).toBe(medianOf(learned(1000)));
    expect(problems).toEqual([expect.stringMatching(/baseline\.0: .*checksum/)]);
    await again.save(learned(5000));
    expect(medianOf((await load()).baseline)).toBe(medianOf(learned(5000)));
  });

  it('begins anew when both are damaged', async () => {
    const file = new BaselineFile(directory);
    await file.save(learned(1000));
    writeFileSync(join(directory, 'baseline.0'), 'no baseline');
    damage('baseline.1');
    const { baseline, problems } = await load();
    expect(baseline.targetCount).toBe(0);
    expect(problems).toHaveLength(2);
  });

  it('a restart in the middle of learning loses nothing that was seen before the save', async () => {
    const unbroken = learned(1000, 3000);
    const baseline = learned(1000, 1500);
    await new BaselineFile(directory).save(baseline);
    const { baseline: restarted } = await load();
    learn(restarted, 1000, 1500, 3000);
    expect(countOf(restarted, 3000)).toBeCloseTo(countOf(unbroken, 3000), 6);
  });

  it('saves every 45 s, only what has changed, and tries again after an error', async () => {
    let writes = 0;
    const errors: unknown[] = [];
    let isFull = false;
    const file = new BaselineFile(directory, {
      rename,
      open: async (...parameters) => {
        if (isFull) throw new Error('ENOSPC');
        if (String(parameters[0]).endsWith('.tmp')) writes += 1;
        return open(...parameters);
      },
    });
    const { baseline } = await file.load(options);
    const tick = async (second: number): Promise<void> => {
      file.saveWhenDue(baseline, second * 1000, (error) => errors.push(error));
      await file.idle();
    };
    await tick(0);
    expect(writes).toBe(0);
    learn(baseline, 1000, 0, 1);
    await tick(1);
    await tick(2);
    expect(writes).toBe(1);
    learn(baseline, 1000, 2, 3);
    await tick(44);
    expect(writes).toBe(1);
    isFull = true;
    await tick(46);
    expect(errors).toHaveLength(1);
    isFull = false;
    await tick(47);
    expect(writes).toBe(1);
    await tick(91);
    await tick(200);
    expect(writes).toBe(2);
  });
});
