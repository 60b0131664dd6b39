import { expect, test } from 'vitest';
import { look } from '../healthy.contract.ts';
import { bpffs } from './bpffs.ts';

const isBpffsMounted = (): boolean => false;

test('mounted, and the folder of the pins can be used', async () => {
  expect(await look(bpffs)).toMatchObject({ status: 'ok', found: 'mounted at /sys/fs/bpf' });
});

test('not mounted is a failure for whom cannot mount it', async () => {
  expect(await look(bpffs, { host: { isBpffsMounted } })).toMatchObject({ status: 'fail' });
  expect(await look(bpffs, { host: { isBpffsMounted, capabilities: 1n << 21n } })).toMatchObject({
    status: 'ok',
  });
});

test('a folder that this user cannot use is named, with what root does about it', async () => {
  const folder = (path: string) => ({ at: path, problem: 'it is not writable for this user', freeBytes: 0 });
  const result = await look(bpffs, { host: { folder } });
  expect(result).toMatchObject({ status: 'fail' });
  expect(result.fix).toContain('chown tidegate /sys/fs/bpf/tidegate');
});
