import { mkdir, readdir } from 'node:fs/promises';
import { TidegateError } from '@tidegate/schemas';
import { GitError, gitDirOf, listTree, runGit, TreeWriter } from '../git/index.ts';
import { reasonOf } from '../ports.ts';
import { auditBranch, checkpointPath, readmePath } from './layout.ts';
import { readme } from './readme.ts';

/** Someone else moved the branch since it was last read: read it anew and try again. */
export class TipMoved extends Error {
  override readonly name = 'TipMoved';
}

export interface CommitRequest {
  /** The commit to build on, null for the first one. */
  readonly parent: string | null;
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  readonly atMs: number;
}

const housekeepingEveryCommits = 256;

/**
 * The audit repository, written by plumbing: blobs, trees, a commit, and the branch moved by compare-and-swap.
 *
 * When `commit` resolves, objects and branch have been fsynced; whether a folder entry is durable with its file is up to
 * the file system, as for every git.
 */
export class AuditRepository {
  readonly gitDir: string;
  readonly #trees: TreeWriter;
  /** The last commit of ours, so that the next one needs not ask for its tree. */
  #last: { commit: string; tree: string } | null = null;
  #commits = 0;
  #housekeeping: Promise<unknown> = Promise.resolve();

  private constructor(gitDir: string) {
    this.gitDir = gitDir;
    this.#trees = new TreeWriter(gitDir);
  }

  /** Opens the repository, or makes a bare one where there is none. Throws TG4008. */
  static async open(path: string): Promise<AuditRepository> {
    try {
      await mkdir(path, { recursive: true, mode: 0o755 });
      if ((await readdir(path)).length === 0) {
        await runGit(path, ['init', '--quiet', '--bare', '--initial-branch=main', path]);
      }
      const gitDir = gitDirOf(path);
      await runGit(gitDir, ['rev-parse', '--git-dir']);
      return new AuditRepository(gitDir);
    } catch (cause) {
      throw new TidegateError('TG4008', `audit.repository ${path} cannot be used: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }

  /** The commit at the tip of the branch, or null before the first one. */
  async tip(): Promise<string | null> {
    return resolveTip(this.gitDir);
  }

  /** Whether a commit is the other one or comes after it. */
  async descends(commit: string, from: string): Promise<boolean> {
    try {
      await runGit(this.gitDir, ['merge-base', '--is-ancestor', from, commit]);
      return true;
    } catch (error) {
      // 1 says no; anything else, such as a commit that is gone, is no descent either.
      if (error instanceof GitError) return false;
      throw error;
    }
  }

  /** Makes one commit and moves the branch to it. Throws TipMoved, or TG4008 when git cannot write. */
  async commit({ parent, files, message, atMs }: CommitRequest): Promise<string> {
    try {
      const base = parent === null ? null : await this.#treeOf(parent);
      const all = parent === null ? new Map([[readmePath, readme], ...files]) : files;
      const tree = await this.#trees.write(base, all);
      const parents = parent === null ? [] : ['-p', parent];
      const commit = await this.#git(['commit-tree', ...parents, '-F', '-', tree], message, atMs);
      await this.#moveTip(commit, parent);
      this.#last = { commit, tree };
      this.#keepHouse();
      return commit;
    } catch (cause) {
      if (cause instanceof TipMoved || !(cause instanceof GitError)) throw cause;
      throw new TidegateError('TG4008', `the audit repository cannot be written: ${cause.message}`, {
        cause,
      });
    }
  }

  /** Waits for work in the background. */
  async close(): Promise<void> {
    await this.#housekeeping;
  }

  async #treeOf(commit: string): Promise<string> {
    if (this.#last?.commit === commit) return this.#last.tree;
    return this.#git(['rev-parse', '--verify', `${commit}^{tree}`]);
  }

  async #moveTip(commit: string, from: string | null): Promise<void> {
    try {
      await this.#git(['update-ref', '-m', 'audit', auditBranch, commit, from ?? '']);
    } catch (cause) {
      if (cause instanceof GitError && (await this.tip()) !== from) throw new TipMoved();
      throw cause;
    }
  }

  /** Plumbing never packs by itself; without this, loose objects would pile up by ten a commit. */
  #keepHouse(): void {
    this.#commits++;
    if (this.#commits % housekeepingEveryCommits !== 0) return;
    this.#housekeeping = this.#housekeeping
      .then(() => runGit(this.gitDir, ['gc', '--auto', '--quiet'], { timeoutMs: 600_000 }))
      .catch(() => undefined);
  }

  async #git(args: readonly string[], input?: string, atMs?: number): Promise<string> {
    const environment = atMs === undefined ? {} : authorship(atMs);
    const options = input === undefined ? { environment } : { environment, input };
    return (await runGit(this.gitDir, args, options)).toString('utf8').trim();
  }
}

/** The commit at the tip of the audit branch of a git folder, or null where it has none. */
export async function resolveTip(gitDir: string): Promise<string | null> {
  try {
    return (await runGit(gitDir, ['rev-parse', '--verify', '--quiet', `${auditBranch}^{commit}`]))
      .toString('utf8')
      .trim();
  } catch (error) {
    if (error instanceof GitError && error.exitCode === 1) return null;
    throw error;
  }
}

function authorship(atMs: number): Record<string, string> {
  const date = `${Math.floor(atMs / 1000)} +0000`;
  const person = { NAME: 'tidegate', EMAIL: 'audit@tidegate.invalid', DATE: date };
  return Object.fromEntries(
    Object.entries(person).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]),
  );
}

/** The text of the checkpoint in a commit, or null where it has none. */
export async function readCheckpoint(gitDir: string, commit: string): Promise<string | null> {
  const [entry] = await listTree(gitDir, commit, { folder: checkpointPath });
  if (entry?.type !== 'blob') return null;
  return (await runGit(gitDir, ['cat-file', 'blob', entry.id])).toString('utf8');
}
