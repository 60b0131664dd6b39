// A stamp is a small file with the digest of everything that a step's result depends on: the step is done again when
// the digest differs, and only then.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @param {string[]} parts */
export function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/**
 * The text of a file, or undefined where there is none.
 * @param {string} path
 */
export function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @param {string} value
 */
export function writeStamp(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, value);
}

/**
 * Every file below a folder, sorted; none when the folder is missing.
 * @param {string} folder
 * @param {(name: string) => boolean} wanted asked with the file's name
 * @returns {string[]}
 */
export function filesBelow(folder, wanted) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path, wanted);
      return wanted(entry.name) ? [path] : [];
    })
    .sort();
}

/**
 * A file's identity without reading it: an edit changes its time or its size.
 * @param {string} path
 */
export function fingerprint(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  return info ? `${path}:${info.mtimeMs}:${info.size}` : `${path}:missing`;
}
