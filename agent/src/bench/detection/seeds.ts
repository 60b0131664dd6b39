/**
 * Seeds. Those for tuning are always the same; those for the evaluation come from the commit, so that nobody could tune
 * to them: whoever changes a line gets others.
 */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';

export const tuningSeeds = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `tune-${String(index)}`);

export const evaluationSeeds = (commit: string, count: number): string[] =>
  Array.from(
    { length: count },
    (_, index) =>
      `eval-${createHash('sha256')
        .update(`${commit}${String(index)}`)
        .digest('hex')
        .slice(0, 16)}`,
  );

/** Of the working tree that the bench is run in. */
export const commitHash = (): string =>
  execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
