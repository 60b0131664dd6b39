/** All seeds, spread over worker threads. */
import { Worker } from 'node:worker_threads';
import type { Options } from './options.ts';
import type { SeedResult } from './run.ts';
import type { Job, Message } from './worker.ts';

/** Results in the order of the seeds. Progress goes to stderr. */
export async function runCampaign(options: Options, seeds: readonly string[]): Promise<SeedResult[]> {
  const waiting = seeds.map((seed): Job => ({ ...options, seed }));
  const results = new Map<string, SeedResult>();
  const progress = createProgress(seeds.length);
  const jobs = Math.min(options.jobs, seeds.length);
  await Promise.all(Array.from({ length: jobs }, () => work(waiting, results, progress)));
  progress.end();
  return seeds.map((seed) => results.get(seed)!);
}

type Progress = ReturnType<typeof createProgress>;

function work(waiting: Job[], results: Map<string, SeedResult>, progress: Progress): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    const next = (): void => {
      const job = waiting.shift();
      if (job !== undefined) worker.postMessage(job);
      else void worker.terminate().then(() => resolve());
    };
    worker.on('error', reject);
    worker.on('message', (message: Message) => {
      if (message.type === 'progress') {
        progress.report(message.seed, message.share);
        return;
      }
      progress.report(message.result.seed, 1);
      results.set(message.result.seed, message.result);
      next();
    });
    next();
  });
}

const progressEveryMs = 2000;

function createProgress(count: number): { report(seed: string, share: number): void; end(): void } {
  const shares = new Map<string, number>();
  let toldAtMs = 0;
  return {
    report: (seed, share) => {
      shares.set(seed, share);
      const nowMs = performance.now();
      if (!process.stderr.isTTY || nowMs - toldAtMs < progressEveryMs) return;
      toldAtMs = nowMs;
      const all = [...shares.values()].reduce((sum, one) => sum + one, 0) / count;
      process.stderr.write(`\rdetection: ${(100 * all).toFixed(1)} % of ${String(count)} seeds`);
    },
    end: () => {
      if (process.stderr.isTTY) process.stderr.write('\n');
    },
  };
}
