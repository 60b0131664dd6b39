/**
 * Indicator sets on disk, each under its digest: `HEX.tgi`.
 *
 * A set is written beside, proved by its digest, fsynced and renamed; so what has its name is whole. What a crash left
 * half written is written over. The newest two stay: one is used with the controller dead, also when the one that the
 * policy names never came.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import type { Indicators } from '@tidegate/schemas';

export interface StoredSet {
  readonly digest: string;
  readonly path: string;
}

const keptMax = 2;
const fileForm = /^([0-9a-f]{64})\.tgi$/;

export class IndicatorStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Takes a set as it comes. Rejects with TG2015 for other bytes than were named, TG2008 where it cannot be kept. */
  async receive(
    { digest, bytes }: Pick<Indicators, 'digest' | 'bytes'>,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<StoredSet> {
    const set = { digest, path: this.#pathOf(digest) };
    const part = `${set.path}.part`;
    await this.#onDisk(async () => await mkdir(this.#directory, { recursive: true, mode: 0o700 }));
    const file = await this.#onDisk(async () => await open(part, 'w', 0o600));
    try {
      await this.#write(file, set, bytes, chunks);
      await this.#onDisk(async () => {
        await file.sync();
        await rename(part, set.path);
        await syncFolder(this.#directory);
      });
      return set;
    } finally {
      await file.close();
      await rm(part, { force: true });
    }
  }

  /** A set that is here and whole, null where it is not. */
  async find(digest: string): Promise<StoredSet | null> {
    const path = this.#pathOf(digest);
    const actual = await digestOfFile(path);
    if (actual === digest) return { digest, path };
    if (actual !== null) await rm(path, { force: true });
    return null;
  }

  /** The set that came last, null where there is none. */
  async newest(): Promise<StoredSet | null> {
    for (const digest of await this.#byAge()) {
      const found = await this.find(digest);
      if (found !== null) return found;
    }
    return null;
  }

  /** Removes all but the set in use and the one that came before it. */
  async prune(inUse: string): Promise<void> {
    const others = (await this.#byAge()).filter((digest) => digest !== inUse);
    for (const digest of others.slice(keptMax - 1)) await rm(this.#pathOf(digest), { force: true });
  }

  async #write(
    file: FileHandle,
    { digest }: StoredSet,
    bytes: number,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const hash = createHash('sha256');
    let received = 0;
    for await (const chunk of chunks) {
      received += chunk.length;
      if (received > bytes) throw wrong(`more than the ${String(bytes)} bytes came that the policy names`);
      hash.update(chunk);
      await this.#onDisk(async () => {
        await file.writeFile(chunk);
      });
    }
    if (received < bytes) throw new Error(`${String(received)} of ${String(bytes)} bytes came`);
    if (`sha256:${hash.digest('hex')}` !== digest)
      throw wrong('the bytes that came are not those that the policy names');
  }

  /** Digests of what is here, the newest first. */
  async #byAge(): Promise<string[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const sets = await Promise.all(
      names.map(async (name) => {
        const hex = fileForm.exec(name)?.[1];
        const found = hex === undefined ? null : await stat(join(this.#directory, name)).catch(() => null);
        return found === null ? [] : [{ digest: `sha256:${hex ?? ''}`, mtimeMs: found.mtimeMs }];
      }),
    );
    return sets
      .flat()
      .sort((a, b) => b.mtimeMs - a.mtimeMs)
      .map(({ digest }) => digest);
  }

  #pathOf(digest: string): string {
    return join(this.#directory, `${digest.replace(/^sha256:/, '')}.tgi`);
  }

  async #onDisk<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      throw new TidegateError('TG2008', `${this.#directory} cannot be used: ${String(cause)}`, { cause });
    }
  }
}

const wrong = (what: string): TidegateError => new TidegateError('TG2015', what);

/** Null where there is no such file. */
async function digestOfFile(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  } catch {
    return null;
  }
  return `sha256:${hash.digest('hex')}`;
}

/** The rename itself is durable only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
