/**
 * Does a round in a thread of its own: to read and build a million entries takes seconds, in which agents would get no
 * answer, and memory that goes back with the thread.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { TidegateError } from '@tidegate/schemas';
import type { FeedJob, FeedJobResult } from '../job.ts';

// Built code also when this file runs from its source: the thread is started by plain Node.
const program = fileURLToPath(new URL('../../../dist/feeds/worker/main.js', import.meta.url));

/**
 * Rejects where the round fails as a whole, and when the signal is aborted; what was kept by then stays good.
 * Options of this process are not the thread's: a test runner's would have it load sources.
 */
export async function runInThread(job: FeedJob, signal: AbortSignal): Promise<FeedJobResult> {
  signal.throwIfAborted();
  if (!existsSync(program)) throw new TidegateError('TG5004', `${program} is missing.`);
  const worker = new Worker(program, { workerData: job, execArgv: [] });
  const end = (): void => void worker.terminate();
  signal.addEventListener('abort', end);
  try {
    return await new Promise<FeedJobResult>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => {
        reject(signal.aborted ? (signal.reason as Error) : new Error('the thread ended without a result'));
      });
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}
