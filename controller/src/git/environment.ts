import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * The whole environment of every git process. Nothing is inherited but the search path: a GIT_INDEX_FILE or GIT_DIR
 * of a hook that started us would send our writes elsewhere.
 *
 * - An explicit GIT_DIR is used as it is: no search further up, and no ownership check (safe.directory), because the
 *   operator named this very path.
 * - No system or user configuration; the repository's own cannot fetch (GIT_ALLOW_PROTOCOL), and hooks, filters and
 *   pagers do not run in the plumbing that we call.
 * - Replacement objects and grafts would show a verifier something else than what is there.
 */
export function hardenedEnvironment(gitDir: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/nonexistent/grafts',
    GIT_ALLOW_PROTOCOL: 'none',
  };
}

/** The git folder of a repository with or without a work tree. */
export function gitDirOf(repository: string): string {
  const inside = join(repository, '.git');
  return resolve(existsSync(inside) ? inside : repository);
}
