/** A worker thread: does the jobs that it is sent, one at a time. */
import { parentPort } from 'node:worker_threads';
import { attackFamilies } from '../../engine/generator/index.ts';
import { evaluateBenign, evaluateFamilies } from './families.ts';
import type { Score } from './families.ts';
import { runSeed } from './run.ts';
import type { RunOptions, SeedResult } from './run.ts';

export type Job =
  | ({ readonly type: 'weeks'; readonly families: readonly string[] | null } & Pick<
      RunOptions,
      'seed' | 'withReferences' | 'learningDays' | 'testDays'
    >)
  | { readonly type: 'family'; readonly seed: string; readonly family: string; readonly draws: number }
  | { readonly type: 'benign'; readonly seed: string; readonly captures: number };

export type Outcome =
  | { readonly type: 'weeks'; readonly result: SeedResult }
  | { readonly type: 'family' | 'benign'; readonly scores: readonly Score[] };

export type Message =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'done'; readonly outcome: Outcome };

/** The whole agent takes a multiple of the time: it gets one capture for so many that the classifier gets. */
const agentEvery = 4;

const port = parentPort;
const send = (message: Message): void => port?.postMessage(message);
port?.on('message', (job: Job) => {
  send({ type: 'done', outcome: outcomeOf(job) });
});

function outcomeOf(job: Job): Outcome {
  switch (job.type) {
    case 'weeks': {
      const { families, ...options } = job;
      const chosen = attackFamilies.filter(({ name }) => families === null || families.includes(name));
      const progress = (share: number): void => {
        send({ type: 'progress', share });
      };
      return { type: 'weeks', result: runSeed({ ...options, families: chosen, progress }) };
    }
    case 'family': {
      const { type, seed, family, draws } = job;
      const options = { seed, families: [family] };
      const byAgent = evaluateFamilies({ ...options, draws: Math.ceil(draws / agentEvery), by: 'agent' });
      return { type, scores: [...evaluateFamilies({ ...options, draws }), ...byAgent] };
    }
    case 'benign': {
      const { type, seed, captures } = job;
      const byAgent = evaluateBenign({ seed, captures: Math.ceil(captures / agentEvery), by: 'agent' });
      return { type, scores: [...evaluateBenign({ seed, captures }), ...byAgent] };
    }
  }
}
