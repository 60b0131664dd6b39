import { canonicalJson, digestOf, toBase64, type AuditRecord } from '@tidegate/schemas';
import { expect, it } from 'vitest';
import { edited, editLines, segments, tamper, useAuditLog, type Files } from '../../testkit/index.ts';

const auditLog = useAuditLog();
const { first, second, third } = segments;

const swap = (lines: string[], a: number, b: number): string[] =>
  lines.map((line, index) => (index === a ? lines[b]! : index === b ? lines[a]! : line));

/** Records from a place on written anew, each linked to the one before: what a forger without the key can do. */
const rechained = (lines: string[], from: number, to: number): string[] => {
  const chain = [...lines];
  for (let index = from; index < to; index++) {
    const record = JSON.parse(chain[index]!) as AuditRecord;
    chain[index] = canonicalJson({
      ...record,
      ...(index === from ? {} : { prev: digestOf(chain[index - 1]!) }),
    });
    if (index === from) chain[index] = edited(chain[index]);
  }
  return chain;
};

const cases: [string, (files: Files) => Files, Record<string, unknown>][] = [
  [
    'an edited record in the middle of a batch',
    editLines(`${second}.jsonl`, (lines) => lines.map((line, at) => (at === 5 ? edited(line) : line))),
    { code: 'TG4002', file: `${second}.jsonl`, line: 6, index: 17, seq: 6 },
  ],
  [
    'an edited record at the end of a batch',
    editLines(`${second}.jsonl`, (lines) => lines.map((line, at) => (at === 7 ? edited(line) : line))),
    { code: 'TG4002', file: `${second}.jsonl`, line: 8, index: 19, seq: 8 },
  ],
  [
    'the first record edited',
    editLines(`${first}.jsonl`, ([line, ...rest]) => [edited(line), ...rest]),
    { code: 'TG4002', file: `${first}.jsonl`, line: 1, index: 0, seq: 1 },
  ],
  [
    'two edited records of one batch',
    editLines(`${second}.jsonl`, (lines) =>
      lines.map((line, at) => (at === 4 || at === 6 ? edited(line) : line)),
    ),
    { code: 'TG4002', line: 5, index: 16, seq: 5 },
  ],
  [
    'a record edited and all after it chained anew',
    editLines(`${second}.jsonl`, (lines) => rechained(lines, 4, 8)),
    { code: 'TG4002', line: 8, index: 19 },
  ],
  [
    'a record that is no longer JSON',
    editLines(`${first}.jsonl`, ([line, ...rest]) => [`${line ?? ''}x`, ...rest]),
    { code: 'TG4001', file: `${first}.jsonl`, line: 1, index: 0 },
  ],
  [
    'a record with spaces',
    editLines(`${first}.jsonl`, ([line = '', ...rest]) => [line.replace(':', ': '), ...rest]),
    { code: 'TG4001', line: 1, index: 0, agent: 'web-1' },
  ],
  [
    'a record with another shape',
    editLines(`${first}.jsonl`, ([line = '', ...rest]) => [line.replace('"syn_flood"', '1'), ...rest]),
    { code: 'TG4001', line: 1 },
  ],
  [
    'a removed record',
    editLines(`${second}.jsonl`, (lines) => lines.filter((_, at) => at !== 5)),
    { code: 'TG4002', file: `${second}.jsonl`, line: 6, index: 17, seq: 7 },
  ],
  [
    'the last record of a batch removed',
    editLines(`${second}.jsonl`, (lines) => lines.filter((_, at) => at !== 3)),
    { code: 'TG4002', line: 4, index: 15 },
  ],
  [
    'the last record of a segment removed',
    editLines(`${second}.jsonl`, (lines) => lines.slice(0, -1)),
    { code: 'TG4004', line: 11, index: 22, seq: 7 },
  ],
  [
    'a re-ordered pair',
    editLines(`${second}.jsonl`, (lines) => swap(lines, 5, 6)),
    { code: 'TG4002', line: 6, index: 17, seq: 7 },
  ],
  [
    'a re-ordered pair of two agents',
    editLines(`${second}.jsonl`, (lines) => swap(lines, 3, 4)),
    { code: 'TG4002', line: 4, index: 15 },
  ],
  [
    'a record that is there twice',
    editLines(`${second}.jsonl`, (lines) => lines.map((line, at) => (at === 5 ? lines[4]! : line))),
    { code: 'TG4002', line: 6, index: 17, seq: 5 },
  ],
  [
    'an added record',
    editLines(`${third}.jsonl`, (lines) => [...lines, lines.at(-1)!]),
    { code: 'TG4002', line: 13, index: 36 },
  ],
  [
    'the last line cut short',
    (files) => files.set(`${third}.jsonl`, files.get(`${third}.jsonl`)!.slice(0, -1)),
    { code: 'TG4001', file: `${third}.jsonl`, line: 12 },
  ],
  [
    'swapped segments',
    (files) => {
      const [a, b] = [files.get(`${first}.jsonl`)!, files.get(`${second}.jsonl`)!];
      return files.set(`${first}.jsonl`, b).set(`${second}.jsonl`, a);
    },
    { code: 'TG4002', file: `${first}.jsonl`, line: 1, index: 0, seq: 5 },
  ],
  [
    'segments swapped with their signatures',
    (files) => {
      for (const end of ['.jsonl', '.sigs.jsonl']) {
        const [a, b] = [files.get(`${first}${end}`)!, files.get(`${second}${end}`)!];
        files.set(`${first}${end}`, b).set(`${second}${end}`, a);
      }
      return files;
    },
    { code: 'TG4002', file: `${first}.sigs.jsonl`, line: 1, index: 0, seq: 5 },
  ],
  [
    'a removed segment',
    (files) => {
      files.delete(`${second}.jsonl`);
      files.delete(`${second}.sigs.jsonl`);
      return files;
    },
    { code: 'TG4004', file: `${third}.jsonl`, index: 12 },
  ],
  [
    'a removed signature file',
    (files) => (files.delete(`${second}.sigs.jsonl`), files),
    { code: 'TG4003', file: `${second}.sigs.jsonl` },
  ],
  [
    'a removed signature',
    editLines(`${second}.sigs.jsonl`, (lines) => lines.slice(1)),
    { code: 'TG4002', file: `${second}.sigs.jsonl`, line: 1, index: 12 },
  ],
  [
    'a changed signature',
    editLines(`${second}.sigs.jsonl`, ([line = '', ...rest]) => [
      line.replace(/"head":"sha256:./, (start) =>
        start.endsWith('0') ? start.replace(/0$/, '1') : start.replace(/.$/, '0'),
      ),
      ...rest,
    ]),
    { code: 'TG4003', file: `${second}.sigs.jsonl`, line: 1, index: 12, seq: 5 },
  ],
  [
    'a file that does not belong there',
    (files) => files.set('log/2026/01/30/notes.txt', 'x\n'),
    { code: 'TG4001', file: 'log/2026/01/30/notes.txt' },
  ],
  ['no checkpoint', (files) => (files.delete('checkpoint'), files), { code: 'TG4006', file: 'checkpoint' }],
  [
    'an older checkpoint',
    (files) => files.set('checkpoint', auditLog().checkpoints[1]!),
    { code: 'TG4006', file: 'checkpoint', index: 24 },
  ],
  [
    'a checkpoint with another root',
    (files) =>
      files.set(
        'checkpoint',
        files.get('checkpoint')!.replace(/\n36\n.*\n/, `\n36\n${toBase64(new Uint8Array(32))}\n`),
      ),
    { code: 'TG4006', file: 'checkpoint' },
  ],
  [
    'a checkpoint that is no note',
    (files) => files.set('checkpoint', 'nothing\n'),
    { code: 'TG4006', file: 'checkpoint' },
  ],
  [
    'the tail cut off under a newer checkpoint',
    (files) => {
      files.delete(`${third}.jsonl`);
      files.delete(`${third}.sigs.jsonl`);
      return files;
    },
    { code: 'TG4006', file: 'checkpoint', index: 24 },
  ],
];

it.each(cases)('names %s', async (_, change, fault) => {
  const result = await tamper(auditLog(), change);
  expect(result.fault).toMatchObject(fault);
  expect(result.verified).toBe(false);
});
