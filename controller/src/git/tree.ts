import { runGit } from './run.ts';

/** One line of `git ls-tree`. */
export interface TreeEntry {
  /** As git writes it: 100644, 100755, 120000 (symbolic link), 040000 (folder), 160000 (submodule). */
  readonly mode: string;
  readonly type: string;
  readonly id: string;
  /** Relative to the tree that was listed. */
  readonly path: string;
  /** Null for what is not a blob. */
  readonly sizeBytes: number | null;
}

/** The entries of a tree, or of a commit's tree; `recursive` goes into its folders and leaves them out. */
export async function listTree(
  gitDir: string,
  treeish: string,
  options: { recursive?: boolean; folder?: string } = {},
): Promise<TreeEntry[]> {
  const { recursive = false, folder } = options;
  const output = await runGit(gitDir, [
    'ls-tree',
    '-z',
    '--long',
    '--full-tree',
    ...(recursive ? ['-r'] : []),
    treeish,
    ...(folder === undefined ? [] : ['--', folder]),
  ]);
  return parseTree(output.toString('utf8'));
}

/** Reads the output of `git ls-tree -z --long`. */
export function parseTree(output: string): TreeEntry[] {
  return output
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', type = '', id = '', size = '-'] = line.slice(0, tab).split(/ +/);
      return { mode, type, id, path: line.slice(tab + 1), sizeBytes: size === '-' ? null : Number(size) };
    });
}
