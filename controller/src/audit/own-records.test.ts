import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEvent, AuditReceipt } from '@tidegate/schemas';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadOrMakeKey, TrustFile, type SigningKey } from '../keys/index.ts';
import { testFolder, type TestFolder } from '../testkit/index.ts';
import { AuditRepository, LogWriter, OwnRecords, Sequencer, WitnessFile } from './index.ts';
import { readLatest } from './latest.ts';

let folder: TestFolder;
let key: SigningKey;
const log = pino({ level: 'silent' });

beforeEach(async () => {
  folder = testFolder();
  key = await loadOrMakeKey(join(folder.path, 'log.key'));
});
afterEach(() => folder.remove());

const spool = (): string => join(folder.path, 'own-records.jsonl');
const published = (epoch: number): AuditEvent => ({
  kind: 'bundle.published',
  body: { digest: `sha256:${'0'.repeat(64)}`, epoch, commit: '0'.repeat(40), group: 'web' },
});

async function open(): Promise<{ own: OwnRecords; sequencer: Sequencer }> {
  const { path: stateDir } = folder;
  const repository = await AuditRepository.open(join(stateDir, 'audit.git'));
  const trust = new TrustFile(stateDir, 'test/audit', key, key).value;
  const witness = new WitnessFile(stateDir);
  const writer = await LogWriter.open({ repository, trust, key, witness, clock: Date.now, log });
  const sequencer = new Sequencer({ writer, flushMs: 1, log, onFork: () => undefined });
  return {
    own: await OwnRecords.open({ stateDir, key, sequencer, ledger: writer.ledger, clock: Date.now, log }),
    sequencer,
  };
}

const logged = async () => {
  const entries = await readLatest(join(folder.path, 'audit.git'), 100);
  return entries.map(({ record }) => [record.seq, (record.body as { epoch: number }).epoch]);
};

describe('own records', () => {
  it('are on the disk before they are in the log, and gone from there after', async () => {
    const { own } = await open();
    await own.record(published(1));
    expect(readFileSync(spool(), 'utf8')).toContain('bundle.published');
    await own.close();
    expect(readFileSync(spool(), 'utf8')).toBe('');
    expect(await logged()).toEqual([[1, 1]]);
  });

  it('reach the log by the next start when a crash left them in the file', async () => {
    const first = await open();
    const down = vi.spyOn(first.sequencer, 'submit').mockRejectedValue(new Error('the disk is full'));
    await first.own.record(published(1));
    await first.own.record(published(2));
    const left = readFileSync(spool(), 'utf8');
    await first.own.close();
    down.mockRestore();
    // The third one was being written when the power failed.
    writeFileSync(spool(), `${left}{"agent":"contr`);
    const { own } = await open();
    await own.record(published(4));
    await own.close();
    expect(await logged()).toEqual([
      [1, 1],
      [2, 2],
      [3, 4],
    ]);
  });

  it('are not doubled when the crash came between the commit and the cleaning up', async () => {
    const first = await open();
    await first.own.record(published(1));
    const left = readFileSync(spool(), 'utf8');
    await first.own.close();
    writeFileSync(spool(), left);
    const { own } = await open();
    await own.close();
    expect(await logged()).toEqual([[1, 1]]);
  });

  it('are tried again while the log cannot be written', async () => {
    const { own, sequencer } = await open();
    const down = vi.spyOn(sequencer, 'submit').mockRejectedValueOnce(new Error('the disk is full'));
    await own.record(published(1));
    await vi.waitFor(async () => expect(await logged()).toEqual([[1, 1]]), { timeout: 3000 });
    expect(down.mock.results.length).toBeGreaterThanOrEqual(2);
    await own.close();
    const receipt = (await down.mock.results[1]?.value) as AuditReceipt;
    expect(receipt.agent).toBe('controller');
  });
});
