/** Small state that survives a restart: one JSON file each, replaced atomically. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Reads a JSON file; undefined where it is missing or damaged by a crash of the machine. */
export function readJson(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Replaces a JSON file atomically. Not fsynced: it outlives the death of the process, which is what it is for; after
 * a power cut the kernel's rules are gone as well.
 */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.tmp`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** Replaces a file atomically, and returns once it is on the disk: what has to outlive a power cut. */
export function writeDurably(path: string, text: string): void {
  const file = openSync(`${path}.tmp`, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.tmp`, path);
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}
