/**
 * What of an evaluation is done, one line an outcome: it takes hours, and goes on where it was cut off.
 *
 * A line counts for the same job of the same commit alone. One that was cut off in the middle is passed over.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Job, Outcome } from './worker.ts';

interface Line {
  readonly commit: string;
  readonly job: Job;
  readonly outcome: Outcome;
}

export class EvaluationJournal {
  readonly #path: string;
  readonly #commit: string;
  readonly #known = new Map<string, Outcome>();

  constructor(path: string, commit: string) {
    this.#path = path;
    this.#commit = commit;
    if (!existsSync(path)) return;
    for (const text of readFileSync(path, 'utf8').split('\n')) {
      const line = read(text);
      if (line?.commit === commit) this.#known.set(JSON.stringify(line.job), line.outcome);
    }
  }

  /** Null where it is still to be done. */
  outcomeOf(job: Job): Outcome | null {
    return this.#known.get(JSON.stringify(job)) ?? null;
  }

  add(job: Job, outcome: Outcome): void {
    const line: Line = { commit: this.#commit, job, outcome };
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }
}

function read(text: string): Line | null {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null;
  }
}
