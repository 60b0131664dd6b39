import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  canonicalJson,
  digestOf,
  fromBase64,
  toBase64,
  type AuditRecord,
  type Trust,
} from '@tidegate/schemas';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadOrMakeKey, TrustFile, type SigningKey } from '../../keys/index.ts';
import {
  auditFiles,
  commitAudit,
  git,
  sampleEvent,
  testFolder,
  TestAgent,
  type TestFolder,
} from '../../testkit/index.ts';
import { AuditRepository, checkBatch, LogWriter, Sequencer, WitnessFile } from '../index.ts';
import { verifyLog, type Verification } from './index.ts';

/** Three agents, three rounds, one commit each; web-2 sent an overlapping batch in the last round. */
interface Log {
  readonly folder: TestFolder;
  readonly gitDir: string;
  readonly trust: Trust;
  readonly files: ReadonlyMap<string, string>;
  readonly tip: string;
  readonly agents: readonly TestAgent[];
  readonly checkpoints: readonly string[];
}

let log: Log;
let logKey: SigningKey;

beforeAll(async () => {
  const folder = testFolder();
  const gitDir = join(folder.path, 'audit.git');
  logKey = await loadOrMakeKey(join(folder.path, 'log.key'));
  const agents = ['web-1', 'web-2', 'web-3'].map((name) => new TestAgent(name));
  const trustFile = new TrustFile(folder.path, 'test/audit', logKey, logKey);
  await trustFile.setAgents(agents.map(({ name, keyId, publicKey }) => ({ agent: name, keyId, publicKey })));
  const trust = trustFile.value;
  const repository = await AuditRepository.open(gitDir);
  const witness = new WitnessFile(folder.path);
  const silent = pino({ level: 'silent' });
  // Each round on its own day, so that segments lie in several folders.
  let day = 0;
  const clock = () => Date.UTC(2026, 0, 30 + day);
  const writer = await LogWriter.open({ repository, trust, key: logKey, witness, clock, log: silent });
  const sequencer = new Sequencer({ writer, flushMs: 20, log: silent, onFork: () => undefined });
  const checkpoints: string[] = [];
  for (; day < 3; day++) {
    const batches = agents.map((agent) => checkBatch(agent.nextBatch(4), fromBase64(agent.publicKey)));
    await Promise.all(batches.map((batch) => sequencer.submit(batch)));
    checkpoints.push(readFileSync(join(folder.path, 'checkpoint'), 'utf8'));
  }
  log = {
    folder,
    gitDir,
    trust,
    files: auditFiles(gitDir),
    tip: git(gitDir, ['rev-parse', 'main']),
    agents,
    checkpoints,
  };
});
afterAll(() => log.folder.remove());
beforeEach(() => {
  git(log.gitDir, ['update-ref', 'refs/heads/main', log.tip]);
});

const first = 'log/2026/01/30/000000000000';
const second = 'log/2026/01/31/000000000012';
const third = 'log/2026/02/01/000000000024';

type Files = Map<string, string>;
const linesOf = (files: Files, path: string): string[] => (files.get(path) ?? '').split('\n').slice(0, -1);
const put = (files: Files, path: string, lines: readonly string[]): Files =>
  files.set(path, lines.map((line) => `${line}\n`).join(''));
const editLines =
  (path: string, edit: (lines: string[]) => string[]) =>
  (files: Files): Files =>
    put(files, path, edit(linesOf(files, path)));

const tamper = async (
  change: (files: Files) => Files,
  history: 'keep' | 'drop' = 'drop',
): Promise<Verification> => {
  commitAudit(log.gitDir, { files: change(new Map(log.files)), history });
  return verifyLog({ repository: log.gitDir, trust: log.trust });
};

const edited = (line = ''): string => line.replace('0.9', '0.8');
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

describe('audit verify', () => {
  it('finds a log whole that is', async () => {
    const result = await verifyLog({ repository: log.gitDir, trust: log.trust });
    expect(result).toMatchObject({
      verified: true,
      records: 36,
      agents: 3,
      segments: 3,
      commits: 3,
      fault: null,
      forks: 0,
      rewrites: [],
    });
    expect(result.tip).toBe(log.tip);
  });

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
      (files) => files.set('checkpoint', log.checkpoints[1]!),
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
    const result = await tamper(change);
    expect(result.fault).toMatchObject(fault);
    expect(result.verified).toBe(false);
  });

  it('names a whole batch that was moved, though every signature on it holds', async () => {
    // Both the records and the signatures change places: only the Merkle root still knows the order.
    const result = await tamper((files) => {
      const records = linesOf(files, `${first}.jsonl`);
      const [a, b, ...rest] = linesOf(files, `${first}.sigs.jsonl`).map(
        (line) => JSON.parse(line) as { firstIndex: number },
      );
      put(files, `${first}.jsonl`, [...records.slice(4, 8), ...records.slice(0, 4), ...records.slice(8)]);
      const signatures = [{ ...b, firstIndex: 0 }, { ...a, firstIndex: 4 }, ...rest];
      return put(files, `${first}.sigs.jsonl`, signatures.map(canonicalJson));
    }, 'keep');
    expect(result.fault).toMatchObject({ code: 'TG4006', file: 'checkpoint' });
    expect(result.rewrites.map(({ path }) => path)).toEqual([`${first}.jsonl`, `${first}.sigs.jsonl`]);
  });

  it('finds a forged checkpoint: the right root under another key', async () => {
    const forger = await loadOrMakeKey(join(log.folder.path, 'forger.key'));
    const { formatCheckpoint, signNote } = await import('@tidegate/schemas');
    const { root } = await verifyLog({ repository: log.gitDir, trust: log.trust });
    const body = formatCheckpoint({ origin: 'test/audit', size: 36, root: fromBase64(root) });
    const forged = signNote(body, 'test/audit', forger.publicKey, (message) => forger.sign(message));
    expect((await tamper((files) => files.set('checkpoint', forged))).fault).toMatchObject({
      code: 'TG4006',
      file: 'checkpoint',
    });
    const other = signNote(body.replace('test', 'best'), 'test/audit', logKey.publicKey, (message) =>
      logKey.sign(message),
    );
    expect((await tamper((files) => files.set('checkpoint', other))).fault?.message).toContain('best/audit');
  });

  it('finds a replaced or missing key', async () => {
    const { trust } = log;
    const [one, two, three] = trust.agents as [Trust['agents'][0], Trust['agents'][0], Trust['agents'][0]];
    const swapped = { ...trust, agents: [{ ...one, publicKey: two.publicKey }, two, three] };
    expect((await verifyLog({ repository: log.gitDir, trust: swapped })).fault).toMatchObject({
      code: 'TG4003',
      agent: 'web-1',
      index: 0,
    });
    const missing = { ...trust, agents: [one, three] };
    expect((await verifyLog({ repository: log.gitDir, trust: missing })).fault).toMatchObject({
      code: 'TG4003',
      agent: 'web-2',
      index: 4,
    });
    const forger = await loadOrMakeKey(join(log.folder.path, 'forger.key'));
    const log2 = { ...trust, log: [{ id: forger.id, publicKey: forger.publicKeyText }] };
    expect((await verifyLog({ repository: log.gitDir, trust: log2 })).fault).toMatchObject({
      code: 'TG4006',
    });
  });

  it('finds a forged record of the controller: only the log key signs those', async () => {
    const forger = new TestAgent('controller');
    const trust = {
      ...log.trust,
      agents: [...log.trust.agents, { agent: 'controller', id: forger.keyId, publicKey: forger.publicKey }],
    };
    const batch = forger.nextBatch(1, sampleEvent);
    const { agent, firstSeq, lastSeq, head, keyId, signature } = batch;
    commitAudit(log.gitDir, {
      history: 'keep',
      files: new Map(log.files)
        .set('log/2026/02/02/000000000036.jsonl', `${batch.records[0] ?? ''}\n`)
        .set(
          'log/2026/02/02/000000000036.sigs.jsonl',
          `${canonicalJson({ agent, firstSeq, lastSeq, head, keyId, signature, firstIndex: 36 })}\n`,
        ),
    });
    expect((await verifyLog({ repository: log.gitDir, trust })).fault).toMatchObject({
      code: 'TG4003',
      agent: 'controller',
    });
  });

  it('sees a tail that was cut off with its checkpoints only against a witness', async () => {
    git(log.gitDir, ['update-ref', 'refs/heads/main', `${log.tip}~1`]);
    const given = { repository: log.gitDir, trust: log.trust };
    expect(await verifyLog(given)).toMatchObject({ verified: true, records: 24 });
    expect((await verifyLog({ ...given, witness: log.checkpoints[2]! })).fault).toMatchObject({
      code: 'TG4006',
      index: 24,
    });
    expect(await verifyLog({ ...given, witness: log.checkpoints[0]! })).toMatchObject({ verified: true });
  });

  it('points to the commit that changed a segment, and to none when it was only added to', async () => {
    const changed = commitAudit(log.gitDir, {
      files: editLines(`${first}.jsonl`, ([line, ...rest]) => [edited(line), ...rest])(new Map(log.files)),
      history: 'keep',
    });
    const broken = await verifyLog({ repository: log.gitDir, trust: log.trust });
    expect(broken).toMatchObject({
      verified: false,
      rewrites: [{ commit: changed, path: `${first}.jsonl` }],
    });
    const restored = commitAudit(log.gitDir, { files: log.files, history: 'keep' });
    const whole = await verifyLog({ repository: log.gitDir, trust: log.trust });
    expect(whole).toMatchObject({ verified: true, tip: restored });
    expect(whole.rewrites.map(({ commit }) => commit)).toEqual([restored, changed]);
  });

  it('is not deceived by replacement objects', async () => {
    const path = `${second}.jsonl`;
    const good = git(log.gitDir, ['rev-parse', `main:${path}`]);
    const files = editLines(path, ([line, ...rest]) => [edited(line), ...rest])(new Map(log.files));
    commitAudit(log.gitDir, { files, history: 'keep' });
    const bad = git(log.gitDir, ['rev-parse', `main:${path}`]);
    git(log.gitDir, ['replace', bad, good]);
    expect((await verifyLog({ repository: log.gitDir, trust: log.trust })).fault).toMatchObject({
      code: 'TG4002',
      index: 12,
    });
    git(log.gitDir, ['replace', '--delete', bad]);
  });

  it('cannot run without a repository, a commit, or all of its objects', async () => {
    const { trust } = log;
    await expect(verifyLog({ repository: '/nonexistent', trust })).rejects.toMatchObject({ code: 'TG4011' });
    const empty = await AuditRepository.open(join(log.folder.path, 'empty.git'));
    await expect(verifyLog({ repository: empty.gitDir, trust })).rejects.toMatchObject({ code: 'TG4011' });
  });
});
