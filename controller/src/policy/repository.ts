import { statSync } from 'node:fs';
import { TidegateError } from '@tidegate/schemas';
import { simpleGit, type SimpleGit } from 'simple-git';
import { gitDirOf, hardenedEnvironment, parseTree, readBlobs, type TreeEntry } from '../git/index.ts';
import { reasonOf } from '../ports.ts';

export interface PolicySource {
  /** Local path, bare or not. */
  readonly repository: string;
  readonly branch: string;
  /** Folder inside the repository, without slashes at its ends; empty for its root. */
  readonly folder: string;
}

export interface PolicyFile {
  /** Below the policy folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface PolicyTree {
  /** The YAML files, by path. */
  readonly files: readonly PolicyFile[];
  /** Paths of all files that a policy may name. */
  readonly paths: readonly string[];
}

const filesMax = 1000;
const bytesMax = 16 * 1024 * 1024;
const fileBytesMax = 32 * 1024 * 1024;
const silenceMsMax = 30_000;

/** The policy repository, read without a checkout. Every method throws TG3001 where it cannot be read. */
export class PolicyRepository {
  readonly #source: PolicySource;

  constructor(source: PolicySource) {
    this.#source = source;
  }

  /** The commit that the branch is at. Cheap: one git process that reads one file. */
  async head(): Promise<string> {
    const { repository, branch } = this.#source;
    const commit = await this.#resolve(`refs/heads/${branch}`);
    if (commit === null) throw unreadable(`the repository ${repository} has no branch ${branch}`);
    return commit;
  }

  /** The commit that a revision names: a branch, a tag, a part of an id, HEAD~1. */
  async commitOf(revision: string): Promise<string> {
    const commit = await this.#resolve(revision);
    if (commit === null)
      throw unreadable(`the repository ${this.#source.repository} has no revision ${revision}`);
    return commit;
  }

  async #resolve(revision: string): Promise<string | null> {
    const name = `${revision}^{commit}`;
    const commit = await this.#git('rev-parse', '--verify', '--quiet', '--end-of-options', name);
    return commit.trim() === '' ? null : commit.trim();
  }

  /** The policy folder at a commit. */
  async read(commit: string): Promise<PolicyTree> {
    const entries = await this.#entries(commit);
    const yaml = entries.filter(({ path }) => /\.ya?ml$/.test(path));
    this.#checkSize(commit, yaml);
    const blobs = await this.#blobs(yaml);
    const files = yaml.map(({ path }, index) => ({ path, text: blobs[index]?.toString('utf8') ?? '' }));
    return { files, paths: entries.map(({ path }) => path) };
  }

  /** One file of the policy folder at a commit. */
  async file(commit: string, path: string): Promise<Uint8Array> {
    const entry = (await this.#entries(commit)).find((candidate) => candidate.path === path);
    if (entry === undefined) throw unreadable(`commit ${commit} has no file ${path}`);
    if ((entry.sizeBytes ?? 0) > fileBytesMax) {
      throw unreadable(`${path} has ${entry.sizeBytes} bytes; at most ${fileBytesMax} are read`);
    }
    const [bytes] = await this.#blobs([entry]);
    return bytes ?? new Uint8Array();
  }

  async #entries(commit: string): Promise<TreeEntry[]> {
    const { folder } = this.#source;
    const treeish = folder === '' ? commit : `${commit}:${folder}`;
    const listing = await this.#git(
      'ls-tree',
      '-r',
      '-z',
      '--long',
      '--full-tree',
      '--end-of-options',
      treeish,
    );
    return parseTree(listing).filter(isReviewedFile);
  }

  async #blobs(entries: readonly TreeEntry[]): Promise<Buffer[]> {
    const blobs: Buffer[] = [];
    try {
      const ids = entries.map(({ id }) => id);
      for await (const { data } of readBlobs(gitDirOf(this.#source.repository), ids)) blobs.push(data);
    } catch (cause) {
      throw unreadable(reasonOf(cause), cause);
    }
    return blobs;
  }

  #checkSize(commit: string, entries: readonly TreeEntry[]): void {
    const { folder } = this.#source;
    if (entries.length === 0) {
      throw unreadable(
        `commit ${commit} has no *.yaml or *.yml file ${folder === '' ? '' : `below ${folder}`}`.trim(),
      );
    }
    const bytes = entries.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
    if (entries.length > filesMax || bytes > bytesMax) {
      throw unreadable(
        `commit ${commit} has ${entries.length} policy files of ${bytes} bytes; at most ${filesMax} files and ${bytesMax} bytes are read`,
      );
    }
  }

  async #git(...args: string[]): Promise<string> {
    try {
      return await this.#client().raw(...args);
    } catch (cause) {
      if (cause instanceof TidegateError) throw cause;
      throw unreadable(reasonOf(cause).trim(), cause);
    }
  }

  /** Made anew each time: the repository may come, go, or turn from bare to not. */
  #client(): SimpleGit {
    const { repository } = this.#source;
    if (statSync(repository, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw unreadable(`there is no repository at ${repository}`);
    }
    const environment = hardenedEnvironment(gitDirOf(repository));
    return simpleGit({
      baseDir: repository,
      timeout: { block: silenceMsMax },
      allowEnvironment: Object.keys(environment),
      // GIT_CONFIG_GLOBAL is guarded by simple-git because it can name a hostile file; ours names /dev/null.
      unsafe: { allowUnsafeConfigPaths: true },
    }).env(environment);
  }
}

/** Regular files outside dot folders; symbolic links and submodules point to what was not reviewed here. */
function isReviewedFile({ mode, type, path }: TreeEntry): boolean {
  const isRegular = type === 'blob' && (mode === '100644' || mode === '100755');
  return isRegular && !path.split('/').some((name) => name.startsWith('.'));
}

const unreadable = (what: string, cause?: unknown): TidegateError =>
  new TidegateError('TG3001', what, { cause });
