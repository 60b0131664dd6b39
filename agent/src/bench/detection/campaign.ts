/** All jobs, spread over worker threads. */
import { Worker } from 'node:worker_threads';
import type { Job, Message, Outcome } from './worker.ts';

/**
 * Outcomes in the order of the jobs. Progress goes to stderr.
 * @param ended Told of each outcome at once: a run of hours that is cut off has not been for nothing.
 */
export async function runJobs(
  jobs: readonly Job[],
  threads: number,
  ended: (job: Job, outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: (Outcome | null)[] = jobs.map(() => null);
  const waiting = jobs.map((job, index) => ({ job, index }));
  const progress = new Progress(jobs);
  const one = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { job, index } = next;
      const outcome = await outcomeOf(worker, job, (share) => {
        progress.report(index, share);
      });
      outcomes[index] = outcome;
      ended(job, outcome);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, one));
  progress.end();
  return outcomes.filter((outcome) => outcome !== null);
}

function outcomeOf(worker: Worker, job: Job, progress: (share: number) => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const listen = (message: Message): void => {
      if (message.type === 'progress') {
        progress(message.share);
        return;
      }
      progress(1);
      worker.off('error', reject);
      worker.off('message', listen);
      resolve(message.outcome);
    };
    worker.once('error', reject);
    worker.on('message', listen);
    worker.postMessage(job);
  });
}

const progressEveryMs = 1000;
/** Weeks take some hundred times as long as the draws of a family. */
const weightOf = ({ type }: Job): number => (type === 'weeks' ? 100 : 3);

class Progress {
  readonly #weights: readonly number[];
  readonly #shares: number[];
  #toldAtMs = 0;

  constructor(jobs: readonly Job[]) {
    this.#weights = jobs.map(weightOf);
    this.#shares = jobs.map(() => 0);
  }

  report(job: number, share: number): void {
    this.#shares[job] = share;
    const nowMs = performance.now();
    if (!process.stderr.isTTY || nowMs - this.#toldAtMs < progressEveryMs) return;
    this.#toldAtMs = nowMs;
    const all = this.#weights.reduce((sum, weight) => sum + weight, 0);
    const done = this.#shares.reduce((sum, one, index) => sum + one * (this.#weights[index] ?? 0), 0);
    process.stderr.write(`\rdetection: ${((100 * done) / all).toFixed(1)} %`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\n');
  }
}
