import { listTree } from './tree.ts';
import { runGit } from './run.ts';

interface Entry {
  readonly mode: string;
  readonly type: string;
  readonly id: string;
}
type Folder = Map<string, Entry>;

const foldersKeptMax = 64;

/**
 * Writes trees without a work tree or an index: only the folders on the way to a new file are written again, so the
 * cost of a commit does not grow with what the repository already holds elsewhere.
 */
export class TreeWriter {
  readonly #gitDir: string;
  /** What is in trees that were read or written lately, by tree id. */
  readonly #folders = new Map<string, Folder>();

  constructor(gitDir: string) {
    this.#gitDir = gitDir;
  }

  /** Adds or replaces files in a tree (null: the empty one) and returns the id of the new tree. */
  async write(base: string | null, files: ReadonlyMap<string, string | Uint8Array>): Promise<string> {
    const blobs = await Promise.all(
      [...files].map(async ([path, content]): Promise<[string[], string]> => {
        return [path.split('/'), await this.#object('hash-object', ['-w', '--stdin'], content)];
      }),
    );
    return this.#writeFolder(base, blobs);
  }

  async #writeFolder(base: string | null, blobs: readonly [string[], string][]): Promise<string> {
    const folder: Folder = new Map(base === null ? [] : await this.#read(base));
    const below = new Map<string, [string[], string][]>();
    for (const [[name = '', ...rest], id] of blobs) {
      if (rest.length === 0) folder.set(name, { mode: '100644', type: 'blob', id });
      else below.set(name, [...(below.get(name) ?? []), [rest, id]]);
    }
    for (const [name, inside] of below) {
      const old = folder.get(name);
      const id = await this.#writeFolder(old?.type === 'tree' ? old.id : null, inside);
      folder.set(name, { mode: '040000', type: 'tree', id });
    }
    const lines = [...folder].map(([name, { mode, type, id }]) => `${mode} ${type} ${id}\t${name}\0`);
    const id = await this.#object('mktree', ['-z'], lines.join(''));
    this.#keep(id, folder);
    return id;
  }

  async #read(tree: string): Promise<Folder> {
    const kept = this.#folders.get(tree);
    if (kept !== undefined) return kept;
    const entries = await listTree(this.#gitDir, tree);
    const folder: Folder = new Map(entries.map(({ path, mode, type, id }) => [path, { mode, type, id }]));
    this.#keep(tree, folder);
    return folder;
  }

  #keep(tree: string, folder: Folder): void {
    this.#folders.set(tree, folder);
    const [oldest] = this.#folders.keys();
    if (this.#folders.size > foldersKeptMax && oldest !== undefined) this.#folders.delete(oldest);
  }

  async #object(command: string, args: string[], input: string | Uint8Array): Promise<string> {
    return (await runGit(this.#gitDir, [command, ...args], { input })).toString('utf8').trim();
  }
}
