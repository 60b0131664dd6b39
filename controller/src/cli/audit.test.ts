import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, commitAudit, edited, editLines, git, segments, useAuditLog } from '../testkit/index.ts';

const auditLog = useAuditLog();

const keys = (): string => {
  const path = join(auditLog().folder.path, 'trust.json');
  writeFileSync(path, JSON.stringify(auditLog().trust));
  return path;
};
const tampered = (): void => {
  const edit = editLines(`${segments.second}.jsonl`, (lines) => lines.with(5, edited(lines[5])));
  commitAudit(auditLog().gitDir, { files: edit(new Map(auditLog().files)), history: 'keep' });
};

describe('tidegate audit verify', () => {
  it('exits 0 with a summary', async () => {
    const { code, out, err } = await cli('audit', 'verify', auditLog().gitDir, '--keys', keys());
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^VERIFIED\nrecords {3}36 of 3 agents, in 3 segments and 3 commits\ntip {7}[0-9a-f]{40}\n/,
    );
    expect(out).toContain('--witness FILE');
  });

  it('works on a clone', async () => {
    const clone = join(auditLog().folder.path, 'clone');
    git(auditLog().gitDir, ['clone', '--quiet', auditLog().gitDir, clone], {
      environment: { GIT_ALLOW_PROTOCOL: 'file' },
    });
    const { code } = await cli('audit', 'verify', clone, '--keys', keys());
    expect(code).toBe(0);
  });

  it('exits 1 and names the first bad record and who changed it', async () => {
    tampered();
    const { code, out } = await cli('audit', 'verify', auditLog().gitDir, '--keys', keys());
    expect(code).toBe(1);
    expect(out).toMatch(
      /^NOT VERIFIED TG4002: log\/2026\/01\/31\/000000000012\.jsonl:6 \(index 17, agent web-2, seq 6\): the record was altered/,
    );
    expect(out).toMatch(/rewritten log\/2026\/01\/31\/000000000012\.jsonl by commit [0-9a-f]{40}/);
  });

  it('prints the same as JSON', async () => {
    tampered();
    const { code, json } = await cli(
      'audit',
      'verify',
      auditLog().gitDir,
      '--keys',
      keys(),
      '--format',
      'json',
    );
    expect(code).toBe(1);
    expect(json()).toMatchObject({
      schema: 'tidegate/audit-verification/v1',
      verified: false,
      records: 16,
      fault: { code: 'TG4002', index: 17, agent: 'web-2', seq: 6 },
    });
  });

  it('holds the log against a witness', async () => {
    const witness = join(auditLog().folder.path, 'witness');
    writeFileSync(witness, auditLog().checkpoints[2] ?? '');
    const args = ['audit', 'verify', auditLog().gitDir, '--keys', keys(), '--witness', witness];
    expect((await cli(...args)).code).toBe(0);
    git(auditLog().gitDir, ['update-ref', 'refs/heads/main', `${auditLog().tip}~1`]);
    const { code, out } = await cli(...args);
    expect([code, out]).toEqual([1, expect.stringContaining('the tail was cut off')]);
  });

  it.each([
    ['no keys', (dir: string) => [dir], "required option '--keys <file>' not specified"],
    ['no repository', () => ['/nonexistent', '--keys', keys()], 'error TG4011: /nonexistent'],
    [
      'missing keys',
      (dir: string) => [dir, '--keys', '/nonexistent'],
      'error TG5003: the keys /nonexistent cannot be read',
    ],
    ['keys that are none', (dir: string) => [dir, '--keys', '/etc/hostname'], 'error TG5003'],
    [
      'a missing witness',
      (dir: string) => [dir, '--keys', keys(), '--witness', '/nonexistent'],
      'error TG5003',
    ],
  ])('exits 2 for %s', async (_, args, message) => {
    const { code, out, err } = await cli('audit', 'verify', ...args(auditLog().gitDir));
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});

describe('tidegate audit show', () => {
  it('prints the latest records, oldest first', async () => {
    const { code, out } = await cli('audit', 'show', auditLog().gitDir, '--limit', '14');
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(14);
    expect(lines[0]).toBe('22  2026-09-21T14:13:20.070Z  web-3 7  incident.updated syn_flood 203.0.113.10');
    expect(lines[13]).toMatch(/^35 {2}.* web-3 12 /);
  });

  it('prints them as JSON', async () => {
    const { json } = await cli('audit', 'show', auditLog().gitDir, '--limit', '1', '--format', 'json');
    expect(json()).toMatchObject({
      schema: 'tidegate/audit-list/v1',
      entries: [{ index: 35, record: { agent: 'web-3', seq: 12 } }],
    });
  });

  it('exits 2 for a limit that is none', async () => {
    expect((await cli('audit', 'show', auditLog().gitDir, '--limit', '0')).code).toBe(2);
    expect((await cli('audit', 'show', '/nonexistent')).code).toBe(2);
  });
});
