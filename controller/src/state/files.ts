import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import { reasonOf } from '../ports.ts';

/** Makes the folder for keys and state, readable for its owner only. Throws TG3011. */
export async function makeStateDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new TidegateError('TG3011', `stateDir ${path} cannot be made: ${reasonOf(cause)}`, { cause });
  }
}

/** The text of a file, or null where there is none. Throws TG3011 when it is there but cannot be read. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw new TidegateError('TG3011', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** Replaces a file: its content is on the disk before the name points to it. Throws TG3011. */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const staged = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeDurably(staged, content);
    await rename(staged, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(staged, { force: true });
    throw new TidegateError('TG3011', `${path} cannot be written: ${reasonOf(cause)}`, { cause });
  }
}

async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
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

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
