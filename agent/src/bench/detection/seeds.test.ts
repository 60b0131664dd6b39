import { expect, it } from 'vitest';
import { evaluationSeeds, tuningSeeds } from './seeds.ts';

it('gives other seeds for the evaluation than for tuning, and others for each commit', () => {
  const commits = ['a'.repeat(40), 'b'.repeat(40)];
  const all = [tuningSeeds(20), ...commits.map((commit) => evaluationSeeds(commit, 20))].flat();
  expect(new Set(all).size).toBe(60);
  expect(evaluationSeeds(commits[0]!, 3)).toEqual(evaluationSeeds(commits[0]!, 20).slice(0, 3));
});
