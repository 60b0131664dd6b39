import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '@tidegate/schemas';
import type { AuditEvent, AuditRecord } from '@tidegate/schemas';
import type { Log } from '../ports.ts';
import { Spool } from './spool.ts';
import type { SpoolOptions } from './spool.ts';

const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const clock = { monotonicNs: () => 0, wallMs: () => Date.parse('2026-01-31T03:04:05.678Z') };
const command = (subject: string): AuditEvent => ({
  kind: 'operator.command',
  body: { command: 'release', subject, by: 'test' },
});

let directory: string;
const open = (options: Partial<SpoolOptions> = {}): Spool =>
  new Spool({ directory, agent: 'web-1', clock, log, ...options });
const recordsOf = async (spool: Spool): Promise<AuditRecord[]> => {
  await spool.durable();
  const pending = await spool.pending(500);
  return (pending?.records ?? []).map((text) => JSON.parse(text) as AuditRecord);
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-spool-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('Spool', () => {
  it('numbers and chains records without a gap', async () => {
    const spool = open();
    for (const subject of ['a', 'b', 'c']) spool.append(command(subject));
    await spool.durable();
    const pending = await spool.pending(500);
    const records = (pending?.records ?? []).map((text) => JSON.parse(text) as AuditRecord);
    expect(records.map((record) => record.seq)).toEqual([1, 2, 3]);
    expect(records[0]?.prev).toBeNull();
    expect(records[1]?.prev).toBe(digestOf(pending?.records[0] ?? ''));
    expect(pending?.head).toBe(digestOf(pending?.records[2] ?? ''));
    await spool.close();
  });

  it('has every record on disk when append returns, so that a killed process loses none', () => {
    const spool = open();
    spool.append(command('a'));
    const [name] = readdirSync(directory);
    expect(
      readFileSync(join(directory, name ?? ''), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(1);
  });

  it('goes on with number and chain after a restart', async () => {
    const first = open();
    first.append(command('a'));
    await first.durable();
    await first.close();
    const second = open();
    second.append(command('b'));
    const records = await recordsOf(second);
    expect(records.map((record) => record.seq)).toEqual([1, 2]);
    await second.close();
  });

  it('keeps number and chain when everything was acknowledged and the files are gone', async () => {
    const first = open({ segmentBytesMax: 100 });
    first.append(command('a'));
    await first.durable();
    const pending = await first.pending(10);
    await first.acknowledge(1, pending?.head ?? '', 'checkpoint');
    expect(readdirSync(directory)).toEqual(['acknowledged.json']);
    await first.close();
    const second = open();
    second.append(command('b'));
    const [record] = await recordsOf(second);
    expect(record).toMatchObject({ seq: 2, prev: pending?.head });
    expect(second.checkpoint).toBe('checkpoint');
    await second.close();
  });

  it('cuts off a half-written last record and says so', async () => {
    const first = open();
    first.append(command('a'));
    await first.durable();
    await first.close();
    const [name] = readdirSync(directory);
    appendFileSync(join(directory, name ?? ''), '{"schema":"tidegate/au');
    const warnings: string[] = [];
    const second = open({ log: { ...log, warn: (message) => warnings.push(message) } });
    second.append(command('b'));
    expect((await recordsOf(second)).map((record) => record.seq)).toEqual([1, 2]);
    expect(warnings).toHaveLength(1);
    await second.close();
  });

  it('refuses to start on a broken chain, naming file and line', async () => {
    const first = open();
    first.append(command('a'));
    first.append(command('b'));
    await first.durable();
    await first.close();
    const path = join(directory, readdirSync(directory)[0] ?? '');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"subject":"a"', '"subject":"x"'));
    expect(() => open()).toThrow(/\.jsonl:2: the chain of audit records is broken before record 2/);
  });

  it('begins new files and frees them up to the receipt', async () => {
    const spool = open({ segmentBytesMax: 600 });
    for (let index = 0; index < 20; index += 1) spool.append(command(`subject-${String(index)}`));
    await spool.durable();
    expect(readdirSync(directory).length).toBeGreaterThan(3);
    let total = 0;
    for (;;) {
      const pending = await spool.pending(500);
      if (pending === null) break;
      expect(pending.firstSeq).toBe(total + 1);
      total = pending.lastSeq;
      await spool.acknowledge(pending.lastSeq, pending.head, 'c');
    }
    expect(total).toBe(20);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/jsonl$/), 'acknowledged.json']);
    await spool.close();
  });

  it('goes on in the same file while it is small, also after a receipt and a restart', async () => {
    const first = open();
    first.append(command('a'));
    await first.durable();
    const pending = await first.pending(10);
    await first.acknowledge(1, pending?.head ?? '', 'c');
    first.append(command('b'));
    await first.durable();
    await first.close();
    expect(readdirSync(directory)).toEqual(['000000000001.jsonl', 'acknowledged.json']);
    const second = open();
    second.append(command('c'));
    const records = await recordsOf(second);
    expect(records.map((record) => record.seq)).toEqual([2, 3]);
    expect(records[0]?.prev).toBe(pending?.head);
    await second.close();
  });

  it('counts what a full spool loses, and tells it first on recovery', async () => {
    const spool = open({ bytesMax: 900 });
    for (let index = 0; index < 12; index += 1) spool.append(command(`subject-${String(index)}`));
    expect(spool.failing).toBe(true);
    await spool.durable();
    const kept = await spool.pending(500);
    expect(kept).not.toBeNull();
    const lost = 12 - (kept?.lastSeq ?? 0);
    await spool.acknowledge(kept?.lastSeq ?? 0, kept?.head ?? '', 'c');
    spool.append(command('after'));
    const records = await recordsOf(spool);
    expect(records.map((record) => record.kind)).toEqual(['audit.gap', 'operator.command']);
    expect(records[0]?.body).toMatchObject({ lost: String(lost) });
    expect(records[0]?.seq).toBe((kept?.lastSeq ?? 0) + 1);
    expect(spool.failing).toBe(false);
    await spool.close();
  });

  it('offers only fsynced records', async () => {
    const spool = open();
    spool.append(command('a'));
    expect(await spool.pending(10)).toBeNull();
    await spool.durable();
    expect(await spool.pending(10)).not.toBeNull();
    await spool.close();
  });
});
