import { expect, test } from 'vitest';
import { look, settings, status } from '../healthy.contract.ts';
import { auditSpool } from './audit-spool.ts';

const absent = { askAgent: async () => ({ silent: 'absent' as const }) };

test('a running agent knows best', async () => {
  expect(await look(auditSpool)).toMatchObject({
    status: 'ok',
    found: '3 records wait for a receipt, 1.2 MB of 268 MB',
  });
  const spool = { pending: 9, lastSeq: 9, failing: true };
  const host = { askAgent: async () => ({ answer: status({ spool }) }) };
  expect(await look(auditSpool, { host })).toMatchObject({
    status: 'fail',
    found: 'records are being lost',
  });
});

test('without one the disk tells', async () => {
  const share = async (part: number) =>
    (await look(auditSpool, { host: { ...absent, bytesIn: () => part * settings.spoolBytesMax } })).status;
  expect(await share(0.79)).toBe('ok');
  expect(await share(0.8)).toBe('warn');
  expect(await share(0.99)).toBe('fail');
});

test('no spool yet; one that this user may not see', async () => {
  const seen = async (bytes: 'absent' | 'denied') =>
    (await look(auditSpool, { host: { ...absent, bytesIn: () => bytes } })).status;
  expect(await seen('absent')).toBe('ok');
  expect(await seen('denied')).toBe('skipped');
});
