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

/** What the outcome of an evaluation depends on. */
const evaluated = [
  ...['agent/src/engine', 'agent/src/bench/detection', 'schemas/src/net', 'package-lock.json'],
  // What becomes of an alarm is no part of it.
  ...['playbook', 'explain', 'simulate', 'analyze', 'engine.ts', 'cases.ts', 'link-load.ts'].map(
    (path) => `:(exclude)agent/src/engine/${path}`,
  ),
];

/**
 * The whole hash of a commit that the evaluation is to be of. Throws where what is evaluated is not as it was then: seeds
 * that are known before a change prove nothing of it.
 */
export function evaluatedCommit(name: string): string {
  const commit = execFileSync('git', ['rev-parse', '--verify', `${name}^{commit}`], {
    encoding: 'utf8',
  }).trim();
  const changed = execFileSync('git', ['diff', '--name-only', commit, '--', ...evaluated], {
    encoding: 'utf8',
  });
  const code = changed.split('\n').filter((path) => path !== '' && !path.endsWith('.test.ts'));
  if (code.length > 0)
    throw new Error(`${code[0] ?? ''} is not as it was in ${name}: evaluate the commit that is checked out`);
  return commit;
}

/** Of the working tree that the bench is run in. */
export const commitHash = (): string =>
  execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
