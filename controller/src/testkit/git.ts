import { execFileSync } from 'node:child_process';
import { hardenedEnvironment } from '../git/index.ts';

const person = {
  GIT_AUTHOR_NAME: 'someone',
  GIT_AUTHOR_EMAIL: 'someone@example.invalid',
  GIT_COMMITTER_NAME: 'someone',
  GIT_COMMITTER_EMAIL: 'someone@example.invalid',
};

/** Runs git as a person would, on a git folder. */
export function git(gitDir: string, args: readonly string[], options: { input?: string; workTree?: string } = {}): string {
  const { input, workTree } = options;
  return execFileSync('git', args, {
    env: { ...hardenedEnvironment(gitDir), ...person, ...(workTree !== undefined && { GIT_WORK_TREE: workTree }) },
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input !== undefined && { input }),
  }).trim();
}

/** The files of the tip of an audit repository, by path. */
export function auditFiles(gitDir: string): Map<string, string> {
  const paths = git(gitDir, ['ls-tree', '-r', '--name-only', 'main']).split('\n');
  // The last newline is part of a file: execFileSync's text is taken untrimmed.
  return new Map(paths.map((path) => [path, `${git(gitDir, ['cat-file', 'blob', `main:${path}`])}\n`]));
}

/** Commits other files to an audit repository, as someone with access to it could: a child of the tip, or a new root. */
export function rewriteAudit(gitDir: string, files: ReadonlyMap<string, string>, options: { keepHistory: boolean }): void {
  const index = { GIT_INDEX_FILE: `${gitDir}/index-of-a-test` };
  const run = (args: readonly string[], input = ''): string =>
    execFileSync('git', args, { env: { ...hardenedEnvironment(gitDir), ...person, ...index }, encoding: 'utf8', input }).trim();
  run(['read-tree', '--empty']);
  const lines = [...files].map(([path, text]) => `100644 ${run(['hash-object', '-w', '--stdin'], text)}\t${path}`);
  run(['update-index', '--index-info'], `${lines.join('\n')}\n`);
  const parents = options.keepHistory ? ['-p', 'main'] : [];
  run(['update-ref', 'refs/heads/main', run(['commit-tree', ...parents, '-m', 'audit', run(['write-tree'])])]);
}
