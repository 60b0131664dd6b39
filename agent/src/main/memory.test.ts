import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AuditEvent } from '@tidegate/schemas';
import { EngineMemory } from './memory.ts';
import type { AuditChain } from './memory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-memory-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const record = (subject: string): AuditEvent => ({
  kind: 'operator.command',
  body: { command: 'release', subject, by: 'test' },
});
const subjects = (records: readonly AuditEvent[]): string[] =>
  records.map(({ body }) => ('subject' in body ? body.subject : ''));

/** A chain that lives in memory, as one process after the other finds it. */
function chain(written: AuditEvent[]): AuditChain {
  const inheritedSeq = written.length;
  return {
    inheritedSeq,
    get lastSeq() {
      return written.length;
    },
    append: (event) => void written.push(event),
  };
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const open = (written: AuditEvent[]): EngineMemory =>
  new EngineMemory(join(folder, 'engine.state'), chain(written), silent);

test.each([0, 1, 2])(
  'killed after %i of two records: the others are written by the next start',
  (reached) => {
    const written = [record('before')];
    const turn = [record('first'), record('second')];
    const memory = open(written);
    memory.remember({ turn: 1 }, turn);
    memory.close();
    written.push(...turn.slice(0, reached));

    const next = open(written);
    expect(next.recollect()).toEqual({ turn: 1 });
    expect(subjects(written)).toEqual(['before', 'first', 'second']);
    next.close();
  },
);

test('what was written after the turn is no reason to write anything again', () => {
  const written: AuditEvent[] = [];
  const memory = open(written);
  memory.remember({ turn: 1 }, [record('first')]);
  memory.close();
  written.push(record('first'), record('later'), record('still later'));
  open(written).recollect();
  expect(subjects(written)).toEqual(['first', 'later', 'still later']);
});

test('records that this process wrote before it recollected do not count', () => {
  const written: AuditEvent[] = [];
  const memory = open(written);
  memory.remember({ turn: 1 }, [record('first')]);
  memory.close();
  const next = open(written);
  written.push(record('refused'));
  next.recollect();
  expect(subjects(written)).toEqual(['refused', 'first']);
});

test('a spool that was moved away takes no old records into its new chain', () => {
  const written = [record('a'), record('b')];
  const memory = open(written);
  memory.remember({ turn: 1 }, [record('c')]);
  memory.close();
  const fresh: AuditEvent[] = [];
  expect(open(fresh).recollect()).toEqual({ turn: 1 });
  expect(fresh).toEqual([]);
});

test('nothing is remembered at the first start', () => {
  expect(open([]).recollect()).toBeUndefined();
});
