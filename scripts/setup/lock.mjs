// One set-up at a time: two terminals, or a test beside the demo, must not both rewrite node_modules.
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readIfThere } from './stamp.mjs';

/** A lock whose owner has not written its pid after this time was left by a process that died at once. */
const namelessMs = 2_000;

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is alive too.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Waits until the lock is ours; a lock whose owner is dead is swept.
 *
 * @param {string} folder
 * @param {(owner: number | undefined) => void} onWait called once when somebody else holds it
 * @returns {Promise<() => void>} gives it back
 */
export async function takeLock(folder, onWait) {
  for (let waited = false; ; await sleep(100)) {
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, 'pid'), String(process.pid));
      return () => rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(folder);
    if (owner === 'dead') sweepLock(folder);
    else if (!waited) {
      waited = true;
      onWait(owner);
    }
  }
}

/**
 * @param {string} folder
 * @returns {number | undefined | 'dead'} undefined while the owner has not yet written its pid
 */
function ownerOf(folder) {
  const pid = Number(readIfThere(join(folder, 'pid')) || Number.NaN);
  if (Number.isInteger(pid)) return isAlive(pid) ? pid : 'dead';
  const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - made > namelessMs ? 'dead' : undefined;
}

/**
 * Renamed first: of two that sweep at once only one gets it, and when that one finds that the other has taken the
 * lock in between, it gives it back.
 * @param {string} folder
 */
function sweepLock(folder) {
  const aside = `${folder}.${process.pid}`;
  try {
    renameSync(folder, aside);
    if (ownerOf(aside) !== 'dead') return renameSync(aside, folder);
  } catch {
    return;
  }
  rmSync(aside, { recursive: true, force: true });
}
