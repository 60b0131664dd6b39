import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { git, testFolder, type TestFolder } from '../testkit/index.ts';
import { GitError, gitDirOf, listTree, readBlobs, runGit, TreeWriter } from './index.ts';

let folder: TestFolder;
let gitDir: string;
beforeEach(() => {
  folder = testFolder();
  gitDir = join(folder.path, 'a.git');
  execFileSync('git', ['init', '--quiet', '--bare', gitDir]);
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

describe('TreeWriter', () => {
  it('writes the same trees as git itself, and touches nothing else', async () => {
    const writer = new TreeWriter(gitDir);
    const files = new Map([
      ['a.txt', 'a\n'],
      ['a/b.txt', 'b\n'],
      ['a/c/d.txt', 'd\n'],
      ['a.b/c', 'sorted after a.txt, before a/\n'],
    ]);
    const tree = await writer.write(null, files);
    const read = async (id: string) =>
      (await listTree(gitDir, id, { recursive: true })).map(({ path }) => path);
    expect(await read(tree)).toEqual(['a.b/c', 'a.txt', 'a/b.txt', 'a/c/d.txt']);
    git(gitDir, ['read-tree', tree]);
    expect(git(gitDir, ['write-tree'])).toBe(tree);

    // A second writer knows nothing of the first one's trees.
    const next = await new TreeWriter(gitDir).write(
      tree,
      new Map([
        ['a/c/e.txt', 'e\n'],
        ['a.txt', 'other\n'],
      ]),
    );
    expect(await read(next)).toEqual(['a.b/c', 'a.txt', 'a/b.txt', 'a/c/d.txt', 'a/c/e.txt']);
    expect(git(gitDir, ['cat-file', 'blob', `${next}:a.txt`])).toBe('other');
    expect(git(gitDir, ['rev-parse', `${next}:a/b.txt`])).toBe(git(gitDir, ['rev-parse', `${tree}:a/b.txt`]));
    expect(
      await writer.write(
        tree,
        new Map([
          ['a/c/e.txt', 'e\n'],
          ['a.txt', 'other\n'],
        ]),
      ),
    ).toBe(next);
  });
});

describe('readBlobs', () => {
  it('gives the exact bytes, in order, whatever they are', async () => {
    const contents = [
      Buffer.alloc(0),
      Buffer.from('\n\n'),
      randomBytes(300_000),
      Buffer.from('deadbeef blob 3\nx'),
    ];
    const ids: string[] = [];
    for (const input of contents)
      ids.push((await runGit(gitDir, ['hash-object', '-w', '--stdin'], { input })).toString().trim());
    const asked = [...ids, ...ids.toReversed()];
    const read: Buffer[] = [];
    for await (const { id, data } of readBlobs(gitDir, asked)) {
      expect(id).toBe(asked[read.length]);
      read.push(data);
    }
    expect(read.map((data, at) => data.equals(contents[ids.indexOf(asked[at]!)]!))).toEqual(
      asked.map(() => true),
    );
  });

  it('fails for an object that is missing, no blob, or in no repository', async () => {
    const tree = git(gitDir, ['mktree']);
    for (const [dir, id] of [
      [gitDir, '0'.repeat(40)],
      [gitDir, tree],
      ['/nonexistent', tree],
    ] as const) {
      await expect(readBlobs(dir, [id]).next()).rejects.toBeInstanceOf(GitError);
    }
  });
});

describe('runGit', () => {
  it('takes nothing over from the environment or the machine', async () => {
    mkdirSync(join(folder.path, 'home'));
    execFileSync('git', ['config', '--file', join(folder.path, 'home', '.gitconfig'), 'core.abbrev', '5']);
    for (const [name, value] of Object.entries({
      HOME: join(folder.path, 'home'),
      GIT_DIR: '/nonexistent',
      GIT_INDEX_FILE: '/x',
    })) {
      vi.stubEnv(name, value);
    }
    expect((await runGit(gitDir, ['rev-parse', '--absolute-git-dir'])).toString().trim()).toBe(gitDir);
    await expect(runGit(gitDir, ['config', '--get', 'core.abbrev'])).rejects.toMatchObject({ exitCode: 1 });
  });

  it('never finds a repository further up', async () => {
    const inside = join(gitDir, 'objects', 'info');
    expect(existsSync(inside)).toBe(true);
    await expect(runGit(gitDirOf(inside), ['rev-parse', 'HEAD'])).rejects.toThrow(/not a git repository/);
  });

  it('says what git said, and ends a process that hangs', async () => {
    await expect(runGit(gitDir, ['rev-parse', '--verify', 'main'])).rejects.toThrow(
      /^git rev-parse: fatal: Needed a single revision$/,
    );
    await expect(
      runGit(gitDir, ['-c', 'alias.hang=!sleep 5', 'hang'], { timeoutMs: 100 }),
    ).rejects.toMatchObject({ exitCode: null });
  });
});
