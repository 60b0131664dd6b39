import { join } from 'node:path';
import { canonicalJson, formatCheckpoint, fromBase64, signNote, type Trust } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { loadOrMakeKey } from '../../keys/index.ts';
import {
  commitAudit,
  edited,
  editLines,
  git,
  linesOf,
  putLines,
  sampleEvent,
  segments,
  tamper,
  TestAgent,
  useAuditLog,
} from '../../testkit/index.ts';
import { AuditRepository } from '../index.ts';
import { verifyLog } from './index.ts';

const auditLog = useAuditLog();
const { first, second } = segments;

describe('audit verify', () => {
  it('finds a log whole that is', async () => {
    const result = await verifyLog({ repository: auditLog().gitDir, trust: auditLog().trust });
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
    expect(result.tip).toBe(auditLog().tip);
  });
  it('names a whole batch that was moved, though every signature on it holds', async () => {
    // Both the records and the signatures change places: only the Merkle root still knows the order.
    const result = await tamper(
      auditLog(),
      (files) => {
        const records = linesOf(files, `${first}.jsonl`);
        const [a, b, ...rest] = linesOf(files, `${first}.sigs.jsonl`).map(
          (line) => JSON.parse(line) as { firstIndex: number },
        );
        putLines(files, `${first}.jsonl`, [
          ...records.slice(4, 8),
          ...records.slice(0, 4),
          ...records.slice(8),
        ]);
        const signatures = [{ ...b, firstIndex: 0 }, { ...a, firstIndex: 4 }, ...rest];
        return putLines(files, `${first}.sigs.jsonl`, signatures.map(canonicalJson));
      },
      'keep',
    );
    expect(result.fault).toMatchObject({ code: 'TG4006', file: 'checkpoint' });
    expect(result.rewrites.map(({ path }) => path)).toEqual([`${first}.jsonl`, `${first}.sigs.jsonl`]);
  });

  it('finds a forged checkpoint: the right root under another key', async () => {
    const forger = await loadOrMakeKey(join(auditLog().folder.path, 'forger.key'));
    const { root } = await verifyLog({ repository: auditLog().gitDir, trust: auditLog().trust });
    const body = formatCheckpoint({ origin: 'test/audit', size: 36, root: fromBase64(root) });
    const forged = signNote(body, 'test/audit', forger.publicKey, (message) => forger.sign(message));
    expect((await tamper(auditLog(), (files) => files.set('checkpoint', forged))).fault).toMatchObject({
      code: 'TG4006',
      file: 'checkpoint',
    });
    const other = signNote(
      body.replace('test', 'best'),
      'test/audit',
      auditLog().logKey.publicKey,
      (message) => auditLog().logKey.sign(message),
    );
    expect((await tamper(auditLog(), (files) => files.set('checkpoint', other))).fault?.message).toContain(
      'best/audit',
    );
  });

  it('finds a replaced or missing key', async () => {
    const { trust } = auditLog();
    const [one, two, three] = trust.agents as [Trust['agents'][0], Trust['agents'][0], Trust['agents'][0]];
    const swapped = { ...trust, agents: [{ ...one, publicKey: two.publicKey }, two, three] };
    expect((await verifyLog({ repository: auditLog().gitDir, trust: swapped })).fault).toMatchObject({
      code: 'TG4003',
      agent: 'web-1',
      index: 0,
    });
    const missing = { ...trust, agents: [one, three] };
    expect((await verifyLog({ repository: auditLog().gitDir, trust: missing })).fault).toMatchObject({
      code: 'TG4003',
      agent: 'web-2',
      index: 4,
    });
    const forger = await loadOrMakeKey(join(auditLog().folder.path, 'forger.key'));
    const log2 = { ...trust, log: [{ id: forger.id, publicKey: forger.publicKeyText }] };
    expect((await verifyLog({ repository: auditLog().gitDir, trust: log2 })).fault).toMatchObject({
      code: 'TG4006',
    });
  });

  it('finds a forged record of the controller: only the log key signs those', async () => {
    const forger = new TestAgent('controller');
    const trust = {
      ...auditLog().trust,
      agents: [
        ...auditLog().trust.agents,
        { agent: 'controller', id: forger.keyId, publicKey: forger.publicKey },
      ],
    };
    const batch = forger.nextBatch(1, sampleEvent);
    const { agent, firstSeq, lastSeq, head, keyId, signature } = batch;
    commitAudit(auditLog().gitDir, {
      history: 'keep',
      files: new Map(auditLog().files)
        .set('log/2026/02/02/000000000036.jsonl', `${batch.records[0] ?? ''}\n`)
        .set(
          'log/2026/02/02/000000000036.sigs.jsonl',
          `${canonicalJson({ agent, firstSeq, lastSeq, head, keyId, signature, firstIndex: 36 })}\n`,
        ),
    });
    expect((await verifyLog({ repository: auditLog().gitDir, trust })).fault).toMatchObject({
      code: 'TG4003',
      agent: 'controller',
    });
  });

  it('sees a tail that was cut off with its checkpoints only against a witness', async () => {
    git(auditLog().gitDir, ['update-ref', 'refs/heads/main', `${auditLog().tip}~1`]);
    const given = { repository: auditLog().gitDir, trust: auditLog().trust };
    expect(await verifyLog(given)).toMatchObject({ verified: true, records: 24 });
    expect((await verifyLog({ ...given, witness: auditLog().checkpoints[2]! })).fault).toMatchObject({
      code: 'TG4006',
      index: 24,
    });
    expect(await verifyLog({ ...given, witness: auditLog().checkpoints[0]! })).toMatchObject({
      verified: true,
    });
  });

  it('points to the commit that changed a segment, and to none when it was only added to', async () => {
    const changed = commitAudit(auditLog().gitDir, {
      files: editLines(`${first}.jsonl`, ([line, ...rest]) => [edited(line), ...rest])(
        new Map(auditLog().files),
      ),
      history: 'keep',
    });
    const broken = await verifyLog({ repository: auditLog().gitDir, trust: auditLog().trust });
    expect(broken).toMatchObject({
      verified: false,
      rewrites: [{ commit: changed, path: `${first}.jsonl` }],
    });
    const restored = commitAudit(auditLog().gitDir, { files: auditLog().files, history: 'keep' });
    const whole = await verifyLog({ repository: auditLog().gitDir, trust: auditLog().trust });
    expect(whole).toMatchObject({ verified: true, tip: restored });
    expect(whole.rewrites.map(({ commit }) => commit)).toEqual([restored, changed]);
  });

  it('is not deceived by replacement objects', async () => {
    const path = `${second}.jsonl`;
    const good = git(auditLog().gitDir, ['rev-parse', `main:${path}`]);
    const files = editLines(path, ([line, ...rest]) => [edited(line), ...rest])(new Map(auditLog().files));
    commitAudit(auditLog().gitDir, { files, history: 'keep' });
    const bad = git(auditLog().gitDir, ['rev-parse', `main:${path}`]);
    git(auditLog().gitDir, ['replace', bad, good]);
    expect((await verifyLog({ repository: auditLog().gitDir, trust: auditLog().trust })).fault).toMatchObject(
      {
        code: 'TG4002',
        index: 12,
      },
    );
    git(auditLog().gitDir, ['replace', '--delete', bad]);
  });

  it('cannot run without a repository, a commit, or all of its objects', async () => {
    const { trust } = auditLog();
    await expect(verifyLog({ repository: '/nonexistent', trust })).rejects.toMatchObject({ code: 'TG4011' });
    const empty = await AuditRepository.open(join(auditLog().folder.path, 'empty.git'));
    await expect(verifyLog({ repository: empty.gitDir, trust })).rejects.toMatchObject({ code: 'TG4011' });
  });
});
