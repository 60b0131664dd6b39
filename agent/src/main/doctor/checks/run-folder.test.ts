import { expect, test } from 'vitest';
import { look } from '../healthy.contract.ts';
import { runFolder } from './run-folder.ts';

test('usable, there or not yet', async () => {
  expect(await look(runFolder)).toMatchObject({ status: 'ok', found: '/run/tidegate' });
  const folder = () => ({ at: '/run', problem: null, freeBytes: 1 });
  expect(await look(runFolder, { host: { folder } })).toMatchObject({
    status: 'ok',
    found: '/run/tidegate (made at the start)',
  });
});

test('not writable', async () => {
  const folder = () => ({ at: '/run', problem: '/run is not writable for this user', freeBytes: 1 });
  expect(await look(runFolder, { host: { folder } })).toMatchObject({ status: 'fail' });
});

test('the name of a socket has 107 bytes at most', async () => {
  const runDir = (bytes: number): string => '/'.padEnd(bytes - '/control.sock'.length, 'r');
  expect(await look(runFolder, { settings: { runDir: runDir(107) } })).toMatchObject({ status: 'ok' });
  expect(await look(runFolder, { settings: { runDir: runDir(108) } })).toMatchObject({ status: 'fail' });
});
