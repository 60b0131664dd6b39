import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readIfThere } from './stamp.mjs';
import { isAlive, takeLock } from './lock.mjs';

let folder = '';
let lock = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const mustNotWait = () => expect.unreachable('nobody holds this lock');

/** The pid of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['--version']).pid;

test('a free lock is taken with our pid and given back', async () => {
  const release = await takeLock(lock, mustNotWait);
  expect(readIfThere(join(lock, 'pid'))).toBe(String(process.pid));
  release();
  expect(existsSync(lock)).toBe(false);
});

test('a lock of a dead process is swept', async () => {
  const pid = deadPid();
  expect(isAlive(pid)).toBe(false);
  mkdirSync(lock);
  writeFileSync(join(lock, 'pid'), String(pid));

  const release = await takeLock(lock, mustNotWait);
  expect(readIfThere(join(lock, 'pid'))).toBe(String(process.pid));
  release();
});

test('a lock of a living process is waited for, and that is said once', async () => {
  const releaseFirst = await takeLock(lock, mustNotWait);
  const onWait = vi.fn();
  const second = takeLock(lock, onWait);
  await vi.waitFor(() => expect(onWait).toHaveBeenCalledExactlyOnceWith(process.pid));
  releaseFirst();
  (await second)();
  expect(onWait).toHaveBeenCalledOnce();
});
