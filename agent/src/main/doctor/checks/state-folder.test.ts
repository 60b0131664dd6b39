import { expect, test } from 'vitest';
import { look } from '../healthy.contract.ts';
import { stateFolder } from './state-folder.ts';

const folder =
  (freeBytes: number, problem: string | null = null, at = '/var/lib/tidegate') =>
  () => ({ at, problem, freeBytes });

test('usable, there or not yet', async () => {
  expect(await look(stateFolder)).toMatchObject({ status: 'ok', found: '/var/lib/tidegate, 5.0 GB free' });
  expect(await look(stateFolder, { host: { folder: folder(5e9, null, '/var/lib') } })).toMatchObject({
    status: 'ok',
    found: '/var/lib/tidegate (made at the first start), 5.0 GB free',
  });
});

test('not writable', async () => {
  const host = { folder: folder(5e9, 'it is on a read-only file system') };
  expect(await look(stateFolder, { host })).toMatchObject({
    status: 'fail',
    found: '/var/lib/tidegate: it is on a read-only file system',
  });
});

test('room for the spool as far as it may still grow', async () => {
  const room = 268_435_456;
  const free = async (freeBytes: number, spool: number) =>
    (await look(stateFolder, { host: { folder: folder(freeBytes), bytesIn: () => spool } })).status;
  expect(await free(room, 0)).toBe('ok');
  expect(await free(room - 1, 0)).toBe('warn');
  expect(await free(room - 1, 1)).toBe('ok');
  expect(await free(16 * 1024 * 1024 - 1, room)).toBe('fail');
});
