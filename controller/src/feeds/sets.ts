/** The indicator sets that were built: one file each, named by its digest, so that a name never changes its content. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import { makeStateDir, writeAtomically } from '../state/index.ts';

const fileName = /^[0-9a-f]{64}\.tgi$/;

export class IndicatorSets {
  readonly folder: string;

  constructor(stateDir: string) {
    this.folder = join(stateDir, 'indicators');
  }

  /** Keeps a set and returns its digest. Throws TG3011. */
  async put(bytes: Uint8Array): Promise<string> {
    const hex = createHash('sha256').update(bytes).digest('hex');
    await makeStateDir(this.folder);
    const path = join(this.folder, `${hex}.tgi`);
    if (!existsSync(path)) await writeAtomically(path, bytes);
    return `sha256:${hex}`;
  }

  has(digest: string): boolean {
    return existsSync(this.#pathOf(digest));
  }

  /** The file of a set. Throws TG3015 where there is none. */
  async open(digest: string): Promise<FileHandle> {
    try {
      return await open(this.#pathOf(digest), 'r');
    } catch (cause) {
      throw new TidegateError('TG3015', `there is no indicator set ${digest.slice(0, 80)}`, { cause });
    }
  }

  /** Removes what none of these digests names, and what a crash left half written. */
  async prune(digests: ReadonlySet<string>): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    const kept = new Set([...digests].map((digest) => `${hexOf(digest)}.tgi`));
    for (const name of names) {
      if (!kept.has(name)) await rm(join(this.folder, name), { force: true });
    }
  }

  #pathOf(digest: string): string {
    const name = `${hexOf(digest)}.tgi`;
    // What is no digest must not become a path.
    return join(this.folder, fileName.test(name) ? name : 'none');
  }
}

const hexOf = (digest: string): string => digest.replace(/^sha256:/, '');
