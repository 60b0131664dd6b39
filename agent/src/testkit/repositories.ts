/** Real git repositories for tests and the demo: a bare one, and commits made in it without a work tree. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const identity = {
  GIT_AUTHOR_NAME: 'A. Operator',
  GIT_AUTHOR_EMAIL: 'operator@example.net',
  GIT_COMMITTER_NAME: 'A. Operator',
  GIT_COMMITTER_EMAIL: 'operator@example.net',
};

function git(
  repository: string,
  args: readonly string[],
  input?: string,
  env: Record<string, string> = {},
): string {
  return execFileSync('git', ['-C', repository, ...args], {
    input: input ?? '',
    encoding: 'utf8',
    env: { ...process.env, ...identity, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  }).trim();
}

/** Makes a bare repository with the branch main. */
export function createBareRepository(path: string): string {
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', path]);
  return path;
}

/** Commits exactly these files (path → text) as the new tip of main; returns the commit id. */
export function commitFiles(
  repository: string,
  files: Readonly<Record<string, string>>,
  message: string,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-index-'));
  try {
    const env = { GIT_INDEX_FILE: join(folder, 'index') };
    for (const [path, text] of Object.entries(files)) {
      const blob = git(repository, ['hash-object', '-w', '--stdin'], text);
      git(repository, ['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], undefined, env);
    }
    const tree = git(repository, ['write-tree'], undefined, env);
    const parent = tipOf(repository);
    const commit = git(repository, [
      'commit-tree',
      tree,
      '-m',
      message,
      ...(parent === null ? [] : ['-p', parent]),
    ]);
    git(repository, ['update-ref', 'refs/heads/main', commit]);
    return commit;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The tip of main, null in an empty repository. */
function tipOf(repository: string): string | null {
  try {
    return git(repository, ['rev-parse', '--verify', '--quiet', 'refs/heads/main']);
  } catch {
    return null;
  }
}

/** Every line of every segment of an audit repository, in order of the log. */
export function readAuditLines(repository: string): string[] {
  if (tipOf(repository) === null) return [];
  const names = git(repository, ['ls-tree', '-r', '--name-only', 'main', 'log/'])
    .split('\n')
    .filter((name) => /\/\d+\.jsonl$/.test(name))
    .sort((a, b) => (a.slice(-18) < b.slice(-18) ? -1 : 1));
  return names.flatMap((name) => git(repository, ['show', `main:${name}`]).split('\n'));
}
