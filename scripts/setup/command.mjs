// Runs the tools of the set-up: quiet, output kept in a log, shown only when the tool fails.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { root, stateFolder } from './paths.mjs';
import { readIfThere } from './stamp.mjs';

/** The lines from either end of a log that are shown when its command fails: npm tells the cause first, apt last. */
const shownLines = 15;

/** A failure that is the reader's to mend; its message is all that is printed. */
export class SetupError extends Error {}

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Appends the output to `.setup/NAME.log`.
 *
 * @param {string} name of the log
 * @param {string[]} command and its arguments
 * @param {Record<string, string>} [env] added to the environment
 */
export async function run(name, command, env = {}) {
  mkdirSync(stateFolder, { recursive: true });
  const path = join(stateFolder, `${name}.log`);
  const log = openSync(path, 'w');
  const text = command.join(' ');
  writeSync(log, `$ ${text}\n`);
  const failure = await exitOf(command, env, log);
  closeSync(log);
  if (failure === undefined) return;
  throw new SetupError(
    `${bothEnds(readIfThere(path) ?? '')}\nset-up: \`${text}\` ${failure}; the whole output is in ${path}`,
  );
}

/** @param {string} text */
export function bothEnds(text) {
  const lines = text.trimEnd().split('\n');
  if (lines.length <= 2 * shownLines) return lines.join('\n');
  return [...lines.slice(0, shownLines), '…', ...lines.slice(-shownLines)].join('\n');
}

/**
 * @param {string[]} command
 * @param {Record<string, string>} env
 * @param {number} log file descriptor
 * @returns {Promise<string | undefined>} how it failed, undefined when it did not
 */
function exitOf([file = '', ...args], env, log) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
    });
    running.add(child);
    child.on('error', (error) => {
      running.delete(child);
      resolve(`could not start (${error.message})`);
    });
    child.on('exit', (code, signal) => {
      running.delete(child);
      resolve(code === 0 ? undefined : signal ? `was ended by ${signal}` : `ended with exit code ${code}`);
    });
  });
}

/**
 * Ends what runs and waits for it: a half-done npm or apt must not go on behind the prompt.
 * @param {NodeJS.Signals} signal
 */
export async function stopRunning(signal) {
  const ends = [...running].map((child) => new Promise((resolve) => child.on('exit', resolve)));
  for (const child of running) child.kill(signal);
  await Promise.all(ends);
}
