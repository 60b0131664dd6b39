import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64, type AuditBatch, type AuditReceipt } from '@tidegate/schemas';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrMakeKey, TrustFile, type SigningKey } from '../keys/index.ts';
import {
  auditFiles,
  commitAudit,
  git,
  sampleEvent,
  testFolder,
  TestAgent,
  type TestFolder,
} from '../testkit/index.ts';
import { AuditRepository, checkBatch, LogWriter, Sequencer, WitnessFile } from './index.ts';

let folder: TestFolder;
let key: SigningKey;
let gitDir: string;
const agent = { current: new TestAgent('web-1') };
const log = pino({ level: 'silent' });

beforeEach(async () => {
  folder = testFolder();
  gitDir = join(folder.path, 'audit.git');
  key = await loadOrMakeKey(join(folder.path, 'log.key'));
  agent.current = new TestAgent('web-1');
});
afterEach(() => folder.remove());

const trust = () => new TrustFile(folder.path, 'test/audit', key, key).value;

async function open(): Promise<{ sequencer: Sequencer; writer: LogWriter; forks: AuditBatch[] }> {
  const repository = await AuditRepository.open(gitDir);
  const witness = new WitnessFile(folder.path);
  const writer = await LogWriter.open({ repository, trust: trust(), key, witness, clock: Date.now, log });
  const forks: AuditBatch[] = [];
  const sequencer = new Sequencer({ writer, flushMs: 1, log, onFork: (batch) => forks.push(batch) });
  return { sequencer, writer, forks };
}

const checked = (batch: AuditBatch, from = agent.current) => checkBatch(batch, fromBase64(from.publicKey));
const upload = (sequencer: Sequencer, count: number): Promise<AuditReceipt> =>
  sequencer.submit(checked(agent.current.nextBatch(count)));

describe('the sequencer', () => {
  it('reads the branch anew when somebody else committed to it, and keeps what they added', async () => {
    const { sequencer } = await open();
    await upload(sequencer, 2);
    const files = auditFiles(gitDir).set('notes.md', 'a person was here\n');
    const theirs = commitAudit(gitDir, { files, history: 'keep' });
    const { commit, proofs } = await upload(sequencer, 2);
    expect(proofs.map(({ index }) => index)).toEqual([2, 3]);
    expect(git(gitDir, ['rev-parse', `${commit}~1`])).toBe(theirs);
    expect(auditFiles(gitDir).get('notes.md')).toBe('a person was here\n');
  });

  it('gives new indexes when another controller with the same key was faster', async () => {
    const [first, second] = [await open(), await open()];
    const other = new TestAgent('web-2');
    await upload(first.sequencer, 3);
    const { proofs } = await second.sequencer.submit(checked(other.nextBatch(2), other));
    expect(proofs.map(({ index }) => index)).toEqual([3, 4]);
    expect((await upload(first.sequencer, 1)).proofs.map(({ index }) => index)).toEqual([5]);
  });

  it.each(['keep', 'drop'] as const)(
    'halts when the log was changed under it (history: %s)',
    async (history) => {
      const { sequencer } = await open();
      await upload(sequencer, 2);
      const changed = new Map(
        [...auditFiles(gitDir)].map(([path, text]) => [path, text.replaceAll('0.9', '0.8')]),
      );
      const tip = commitAudit(gitDir, { files: changed, history });
      await expect(upload(sequencer, 1)).rejects.toMatchObject({ code: 'TG4006' });
      expect(sequencer.halted).toMatchObject({ code: 'TG4006' });
      await expect(upload(sequencer, 1)).rejects.toMatchObject({ code: 'TG4006' });
      expect(git(gitDir, ['rev-parse', 'main'])).toBe(tip);
    },
  );

  it('halts when the same files come back under another history', async () => {
    const { sequencer } = await open();
    await upload(sequencer, 2);
    commitAudit(gitDir, { files: auditFiles(gitDir), history: 'drop' });
    await expect(upload(sequencer, 1)).rejects.toThrow(/no longer goes on from commit/);
  });

  it('has the records exactly once when a write failed and the agent sends them again', async () => {
    const { sequencer, writer } = await open();
    await upload(sequencer, 2);
    // A lock that somebody left behind: git can write objects, but not move the branch.
    const lock = join(gitDir, 'refs', 'heads', 'main.lock');
    writeFileSync(lock, '');
    const batch = agent.current.nextBatch(3);
    await expect(sequencer.submit(checked(batch))).rejects.toMatchObject({ code: 'TG4008' });
    await expect(sequencer.submit(checked(batch))).rejects.toThrow(/main\.lock/);
    expect([writer.size, sequencer.halted]).toEqual([2, null]);
    rmSync(lock);
    const more = agent.current.sign(3, [...batch.records, ...agent.current.nextBatch(1).records]);
    const { proofs } = await sequencer.submit(checked(more));
    expect(proofs.map(({ seq, index }) => [seq, index])).toEqual([
      [3, 2],
      [4, 3],
      [5, 4],
      [6, 5],
    ]);
    expect((await open()).writer.size).toBe(6);
  });

  it('answers the good ones of a flush, though others in it are wrong', async () => {
    const { sequencer, forks } = await open();
    const twin = new TestAgent('web-1', agent.current);
    const other = new TestAgent('web-2');
    const skipped = new TestAgent('web-3');
    skipped.nextBatch(1);
    const results = await Promise.allSettled([
      upload(sequencer, 2),
      sequencer.submit(checked(twin.nextBatch(1, (seq) => sampleEvent(seq + 1000)))),
      sequencer.submit(checked(skipped.nextBatch(1), skipped)),
      sequencer.submit(checked(other.nextBatch(1), other)),
      upload(sequencer, 1),
    ]);
    const codes = results.map((result) =>
      result.status === 'fulfilled' ? 'ok' : (result.reason as { code: string }).code,
    );
    expect(codes).toEqual(['ok', 'TG4005', 'TG4004', 'ok', 'ok']);
    expect([forks.length, (await open()).writer.size]).toEqual([1, 4]);
  });

  it('keeps at most 16 forks of one agent', async () => {
    const { sequencer, forks } = await open();
    const twins = Array.from({ length: 20 }, () => new TestAgent('web-1', agent.current));
    await upload(sequencer, 1);
    const uploads = twins.map((twin, index) =>
      sequencer.submit(checked(twin.nextBatch(1, () => sampleEvent(1000 + index)))),
    );
    await Promise.allSettled(uploads);
    expect([
      forks.length,
      [...auditFiles(gitDir).keys()].filter((path) => path.startsWith('forks/')).length,
    ]).toEqual([16, 16]);
  });

  it('goes on when only its own copy of the checkpoint cannot be kept', async () => {
    const { sequencer } = await open();
    await upload(sequencer, 1);
    const before = readFileSync(join(folder.path, 'checkpoint'), 'utf8');
    rmSync(join(folder.path, 'checkpoint'));
    // A folder of that name cannot be replaced by a file, not even by root.
    mkdirSync(join(folder.path, 'checkpoint'));
    expect((await upload(sequencer, 1)).proofs).toHaveLength(1);
    rmSync(join(folder.path, 'checkpoint'), { recursive: true });
    writeFileSync(join(folder.path, 'checkpoint'), before);
    expect((await open()).writer.size).toBe(2);
  });

  it('leaves a repository in which git finds nothing wrong', async () => {
    const { sequencer } = await open();
    for (let round = 0; round < 5; round++) await upload(sequencer, 3);
    expect(git(gitDir, ['fsck', '--strict', '--full'])).toBe('');
    expect(git(gitDir, ['log', '--format=%an <%ae> %cn', 'main']).split('\n')[0]).toBe(
      'tidegate <audit@tidegate.invalid> tidegate',
    );
  });
});
