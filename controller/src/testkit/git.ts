import { execFileSync } from 'node:child_process';
import { hardenedEnvironment } from '../git/index.ts';

const person = {
  GIT_AUTHOR_NAME: 'someone',
  GIT_AUTHOR_EMAIL: 'someone@example.invalid',
  GIT_COMMITTER_NAME: 'someone',
  GIT_COMMITTER_EMAIL: 'someone@example.invalid',
};

export interface PersonOptions {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs git as a person would, on a git folder, and returns what it says without white space around it. */
export function git(
  gitDir: string,
  args: readonly string[],
  { input = '', environment = {} }: PersonOptions = {},
): string {
  const env = { ...hardenedEnvironment(gitDir), ...person, ...environment };
  return execFileSync('git', args, { env, encoding: 'utf8', stdio: 'pipe', input }).trim();
}

/** The files of the tip of an audit repository, by path. */
export function auditFiles(gitDir: string): Map<string, string> {
  const paths = git(gitDir, ['ls-tree', '-r', '--name-only', 'main']).split('\n');
  // `git` trims the last newline, which every file of an audit repository has.
  return new Map(paths.map((path) => [path, `${git(gitDir, ['cat-file', 'blob', `main:${path}`])}\n`]));
}

export interface AuditCommit {
  readonly files: ReadonlyMap<string, string>;
  /** `keep` commits on the tip, `drop` starts a history without a past. */
  readonly history: 'keep' | 'drop';
}

/** Commits files in place of all others to an audit repository, as somebody who may write to it could. */
export function commitAudit(gitDir: string, { files, history }: AuditCommit): string {
  const environment = { GIT_INDEX_FILE: `${gitDir}/index-of-a-test` };
  const run = (args: readonly string[], input = ''): string => git(gitDir, args, { input, environment });
  run(['read-tree', '--empty']);
  const lines = [...files].map(
    ([path, text]) => `100644 ${run(['hash-object', '-w', '--stdin'], text)}\t${path}`,
  );
  run(['update-index', '--index-info'], `${lines.join('\n')}\n`);
  const parents = history === 'keep' ? ['-p', 'main'] : [];
  const commit = run(['commit-tree', ...parents, '-m', 'audit', run(['write-tree'])]);
  run(['update-ref', 'refs/heads/main', commit]);
  return commit;
}
