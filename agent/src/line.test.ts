import { expect, it } from 'vitest';
import type { AuditEvent } from '@tidegate/schemas';
import type { Command } from './engine/index.ts';
import { createLine } from './line.ts';

const record = (subject: string): AuditEvent => ({
  kind: 'operator.command',
  body: { command: 'release', subject, by: 'test' },
});
const remove = (id: string): Command => ({ type: 'remove', backend: 'xdp', id, reason: 'quiet' });

/** A line whose engine answers with these commands; what it does, in order. */
function lineOf(commands: readonly Command[]) {
  const done: string[] = [];
  const act = (what: string) => (): void => void done.push(what);
  const line = createLine({
    source: {
      read: () => ({
        atNs: 1,
        intervalNs: 1,
        targets: [],
        samples: [],
        samplesLost: 0,
        uncountedPackets: 0,
      }),
    },
    engine: { tick: () => [...commands], event: () => [...commands] },
    audit: { append: ({ body }) => done.push(`record ${'subject' in body ? body.subject : ''}`) },
    actions: {
      install: act('install'),
      renew: act('renew'),
      watch: act('watch'),
      verify: act('verify'),
      remove: (_, id) => done.push(`remove ${id}`),
    },
    remember: (records) => done.push(`remember ${records.length}`),
    clock: { monotonicNs: () => 2, wallMs: () => 0 },
  });
  return { line, done };
}

it('remembers first what it is about to record, and records before it acts', () => {
  const commands: Command[] = [
    { type: 'audit', event: record('a') },
    remove('mit-1'),
    { type: 'audit', event: record('b') },
  ];
  const order = ['remember 2', 'record a', 'remove mit-1', 'record b'];
  const ticked = lineOf(commands);
  ticked.line.tick();
  expect(ticked.done).toEqual(order);
  const told = lineOf(commands);
  told.line.outcome({ type: 'renewed', id: 'mit-1' });
  expect(told.done).toEqual(order);
});

it('a tick in which nothing is to be done writes nothing', () => {
  const { line, done } = lineOf([]);
  line.tick();
  expect(done).toEqual([]);
});
