// The steps, in order, and one loop over them. A step is done when nothing is `needed`; each is asked twice: first
// all of them without a lock, because nearly always nothing is to do, then one by one under the lock.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bpfStep } from './bpf.mjs';
import { buildStep } from './build.mjs';
import { SetupError, stopRunning } from './command.mjs';
import { debianStep } from './debian.mjs';
import { takeLock } from './lock.mjs';
import { npmStep } from './npm.mjs';
import { stateFolder } from './paths.mjs';

/**
 * @typedef {object} Step
 * @property {() => string | undefined} needed what there is to do, in a few words; undefined when it is done
 * @property {() => Promise<void>} run
 */

/** @param {string} text */
const say = (text) => void process.stderr.write(text);

/** @type {(() => void) | undefined} */
let releaseLock;
let interrupted = false;

/**
 * Sets `process.exitCode` to 2 when the clone cannot be made ready.
 * @param {string[]} args `--quiet`: no notes; `--no-build`: leave compiling to the caller
 */
export async function main(args) {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.once(signal, () => interrupt(signal));
  const debian = debianStep();
  /** @type {Step[]} */
  const steps = [debian, npmStep(), ...(args.includes('--no-build') ? [] : [bpfStep(), buildStep()])];
  try {
    // A step that is not done can hide what a later one needs, so one answer is enough to go through them all.
    if (steps.some((step) => step.needed() !== undefined)) await work(steps);
    const note = debian.note();
    if (note !== undefined && !args.includes('--quiet')) say(`${note}\n`);
  } catch (error) {
    if (interrupted) return;
    process.exitCode = 2;
    say(`${explain(error)}\n`);
  }
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof SetupError) return error.message;
  const { code = '', path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) return `set-up: ${String(error)}`;
  return `set-up: may not write ${path}; please run as the owner of this folder (${code})`;
}

/** @param {Step[]} steps */
async function work(steps) {
  mkdirSync(stateFolder, { recursive: true });
  releaseLock = await takeLock(join(stateFolder, 'lock'), (owner) =>
    say(`set-up: waiting for another set-up${owner === undefined ? '' : ` (process ${owner})`} …\n`),
  );
  try {
    for (const step of steps) {
      const what = step.needed();
      if (what === undefined) continue;
      say(`set-up: ${what} … `);
      const started = performance.now();
      await step.run().catch((/** @type {unknown} */ error) => {
        if (!interrupted) say('failed\n');
        throw error;
      });
      say(`done (${Math.ceil((performance.now() - started) / 1_000)} s)\n`);
    }
  } finally {
    releaseLock();
  }
}

/** @param {'SIGINT' | 'SIGTERM'} signal */
async function interrupt(signal) {
  interrupted = true;
  await stopRunning(signal);
  releaseLock?.();
  say('\nset-up: interrupted; start it again to go on\n');
  process.exit(signal === 'SIGINT' ? 130 : 143);
}
