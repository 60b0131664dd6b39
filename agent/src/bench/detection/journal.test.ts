import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { EvaluationJournal } from './journal.ts';
import type { Job, Outcome } from './worker.ts';

const folder = mkdtempSync(join(tmpdir(), `tg-${process.pid}-journal-`));
const path = join(folder, 'evaluation.ndjson');
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const job = (draws: number): Job => ({ type: 'family', seed: 'eval-1', family: 'syn_flood', draws });
const outcome: Outcome = { type: 'family', scores: [] };

it('knows what was done of a commit, and nothing of another, of another job or of half a line', () => {
  new EvaluationJournal(path, 'a').add(job(40), outcome);
  appendFileSync(path, '{"commit":"a","job":{"type":"fam');
  const again = new EvaluationJournal(path, 'a');
  expect(again.outcomeOf(job(40))).toEqual(outcome);
  expect(again.outcomeOf(job(41))).toBeNull();
  expect(new EvaluationJournal(path, 'b').outcomeOf(job(40))).toBeNull();
});
