/**
 * The folder of the capture files: bounded in bytes, number and age; the oldest go first.
 *
 * Promises: a file is there whole, fsynced, or not at all; room is made before it is written, so that the bound holds
 * at every moment; nothing but our own files is ever removed, and never the one that is being written. The folder has
 * mode 0700 and the files 0600: they hold other people's packets.
 */
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { open, readdir, rename, rm, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import type { Clock, Log } from '../../ports.ts';

export interface StoreLimits {
  /** Of all files together, bytes. */
  readonly bytesMax: number;
  readonly filesMax: number;
  readonly ageMsMax: number;
}

export interface StoreOptions {
  readonly folder: string;
  readonly limits: StoreLimits;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly log: Log;
}

export interface Store {
  /** A file without a name: gone when it is closed or the process ends. */
  openScratch(): Promise<FileHandle>;
  /**
   * Makes room for `bytesMax` bytes, has `fill` write the file and gives it its name. Returns the path and what
   * `fill` returned. Throws TG2014 where the limits leave no room; after any failure no part of the file is left.
   */
  write<T>(name: string, bytesMax: number, fill: (file: FileHandle) => Promise<T>): Promise<[string, T]>;
  /** Removes what is older than the limit. */
  prune(): Promise<void>;
  /** Files that were removed to keep the limits, since the start. */
  readonly removed: number;
}

const captureName = /^[\w.-]+-\d{8}T\d{6}Z\.pcapng$/;
const unfinished = /\.(partial|scratch)$/;

/** `INCIDENT-FAMILY-UTC.pcapng`, whatever the two are called. */
export function captureFileName(incident: string, family: string, at: Date): string {
  const safe = (text: string): string => text.replace(/[^\w-]/g, '_').slice(0, 64);
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${safe(incident)}-${safe(family)}-${time}.pcapng`;
}

interface Kept {
  readonly path: string;
  readonly bytes: number;
  readonly atMs: number;
}

/** Makes the folder and removes what an earlier process left unfinished. Throws TG2014 where it cannot be used. */
export function openStore(options: StoreOptions): Store {
  const { folder, limits, clock, log } = options;
  prepareFolder(folder);
  let removed = 0;
  const remove = async ({ path }: Kept, reason: string): Promise<void> => {
    await rm(path, { force: true });
    removed++;
    log.info('a forensic capture was removed', { path, reason });
  };
  /** Removes the oldest until `bytes` more in `files` more fit. */
  const keepWithin = async (bytes: number, files: number): Promise<void> => {
    const kept = await listCaptures(folder);
    let total = kept.reduce((sum, file) => sum + file.bytes, 0);
    for (const [index, file] of kept.entries()) {
      const tooMany = kept.length - index + files > limits.filesMax || total + bytes > limits.bytesMax;
      if (!tooMany && clock.wallMs() - file.atMs <= limits.ageMsMax) break;
      await remove(file, tooMany ? 'room for newer ones' : 'age');
      total -= file.bytes;
    }
  };
  return {
    openScratch: async () => {
      const path = join(folder, '.scratch');
      const file = await open(path, 'w+', 0o600);
      await unlink(path);
      return file;
    },
    write: async (name, bytesMax, fill) => {
      if (bytesMax > limits.bytesMax || limits.filesMax < 1) {
        const allowed = `${limits.bytesMax} bytes in ${limits.filesMax} files are allowed`;
        throw new TidegateError('TG2014', `${name} may take ${bytesMax} bytes, but ${allowed} in ${folder}.`);
      }
      await keepWithin(bytesMax, 1);
      return await writeWhole(folder, name, fill);
    },
    prune: async () => {
      await keepWithin(0, 0);
    },
    get removed() {
      return removed;
    },
  };
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    for (const name of readdirSync(folder)) if (unfinished.test(name)) rmSync(join(folder, name));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TidegateError('TG2014', `The folder for forensic captures cannot be used: ${reason}`, {
      cause,
    });
  }
}

/** Our own files, oldest first. */
async function listCaptures(folder: string): Promise<Kept[]> {
  const names = (await readdir(folder)).filter((name) => captureName.test(name));
  const kept: Kept[] = [];
  for (const name of names) {
    const path = join(folder, name);
    // A file may go while we look: somebody tidies up by hand.
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true) kept.push({ path, bytes: found.size, atMs: found.mtimeMs });
  }
  return kept.sort((a, b) => a.atMs - b.atMs || a.path.localeCompare(b.path));
}

async function writeWhole<T>(
  folder: string,
  name: string,
  fill: (file: FileHandle) => Promise<T>,
): Promise<[string, T]> {
  const path = join(folder, name);
  const partial = `${path}.partial`;
  try {
    const file = await open(partial, 'w', 0o600);
    let result: T;
    try {
      result = await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
    await syncFolder(folder);
    return [path, result];
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** The name is on disk only after this. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
