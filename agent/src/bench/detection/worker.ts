/** A worker thread: runs the seeds that it is sent, one at a time. */
import { parentPort } from 'node:worker_threads';
import { attackFamilies } from '../../engine/generator/attacks/index.ts';
import { runSeed } from './run.ts';
import type { SeedResult } from './run.ts';
import type { Options } from './options.ts';

export interface Job extends Pick<Options, 'withReferences' | 'learningDays' | 'testDays'> {
  readonly seed: string;
  readonly families: readonly string[] | null;
}

export type Message =
  | { readonly type: 'progress'; readonly seed: string; readonly share: number }
  | { readonly type: 'done'; readonly result: SeedResult };

const port = parentPort;
port?.on('message', ({ families, ...job }: Job) => {
  const send = (message: Message): void => {
    port.postMessage(message);
  };
  const chosen = attackFamilies.filter(({ name }) => families === null || families.includes(name));
  const progress = (share: number): void => {
    send({ type: 'progress', seed: job.seed, share });
  };
  send({ type: 'done', result: runSeed({ ...job, families: chosen, progress }) });
});
