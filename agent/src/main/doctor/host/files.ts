/** Files and folders, looked at without making or changing any. */
import { accessSync, constants, existsSync, readFileSync, readdirSync, statSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FolderState, Missing } from './host.ts';

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

export const isDenied = (error: unknown): boolean => codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM';

/** Whatever else keeps a file from being read is thrown. */
function missingBy(error: unknown): Missing {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'absent';
  if (isDenied(error)) return 'denied';
  throw error;
}

export function readText(path: string): { readonly text: string } | Missing {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    return missingBy(error);
  }
}

export function bytesIn(folder: string): number | Missing {
  try {
    const names = readdirSync(folder);
    // What is freed in between counts nothing.
    const sizes = names.map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0);
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch (error) {
    return missingBy(error);
  }
}

export function socketState(path: string): 'usable' | Missing {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return 'usable';
  } catch (error) {
    return missingBy(error);
  }
}

export function folderState(path: string): FolderState {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  const { bavail, bsize } = statfsSync(at);
  return { at, problem: problemOf(path, at), freeBytes: bavail * bsize };
}

/** access(2) also knows of read-only file systems. */
function problemOf(path: string, at: string): string | null {
  if (!statSync(at).isDirectory()) return `${at === path ? 'it' : at} is not a folder`;
  try {
    accessSync(at, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const where = at === path ? 'it' : `${at}, in which it would be made,`;
    return codeOf(error) === 'EROFS'
      ? `${where} is on a read-only file system`
      : `${where} is not writable for this user`;
  }
}
