import { runGit } from '../../git/index.ts';

/** A commit that changed or removed what is never changed. */
export interface Rewrite {
  readonly commit: string;
  readonly path: string;
}

const rewritesShownMax = 20;

/**
 * Commits that did more than add to the log. They point to who changed what; only the content decides whether the log
 * holds, since a rewritten history shows nothing here, and a restored file is whole again.
 */
export async function findRewrites(gitDir: string, tip: string): Promise<Rewrite[]> {
  const output = await runGit(gitDir, [
    'log',
    '--first-parent',
    '-m',
    '--no-renames',
    '--diff-filter=MDT',
    '--name-only',
    '-z',
    '--format=%x01%H',
    tip,
    '--',
    'log/',
    'forks/',
  ]);
  const rewrites = output
    .toString('utf8')
    .split('\x01')
    .slice(1)
    .flatMap((entry) => {
      const [commit = '', ...paths] = entry.split('\0').map((part) => part.trim());
      return paths.filter((path) => path !== '').map((path) => ({ commit, path }));
    });
  return rewrites.slice(0, rewritesShownMax);
}
