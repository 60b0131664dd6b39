// After the tests every process of theirs has ended, so whatever is left with a dead owner was left by them.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweep } from '../sweep.mjs';

/** Set to our pid for vitest, and inherited by every process that a test starts. */
export const runVariable = 'TIDEGATE_TEST_RUN';

/** A process that a test has told to end may take this long. */
const graceMs = 2_000;

/**
 * Removes what is still there after a moment's grace, so that the next run starts clean.
 * @returns {Promise<string[]>} one line for people per thing left behind
 */
export async function removeLeaks() {
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline && runningProcesses().length > 0) await sleep(50);
  const processes = runningProcesses();
  for (const { pid } of processes) process.kill(pid, 'SIGKILL');
  return [...processes.map(({ what }) => what), ...sweep()];
}

/** Processes of this run of the tests. */
function runningProcesses() {
  const mark = `${runVariable}=${process.pid}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readProc(pid, 'environ').split('\0').includes(mark))
    .map((pid) => ({
      pid: Number(pid),
      what: `process ${pid}: ${readProc(pid, 'cmdline').replaceAll('\0', ' ').trim()}`,
    }));
}

/** @param {string} pid @param {string} file */
function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended, or belongs to somebody else.
    return '';
  }
}
