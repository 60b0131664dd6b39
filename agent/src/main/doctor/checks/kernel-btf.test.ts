import { expect, test } from 'vitest';
import { look } from '../healthy.contract.ts';
import { kernelBtf } from './kernel-btf.ts';

test('BTF is looked for where the kernel shows it', async () => {
  const seen: string[] = [];
  const exists = (path: string): boolean => seen.push(path) === 0;
  expect(await look(kernelBtf)).toMatchObject({ status: 'ok' });
  expect(await look(kernelBtf, { host: { exists } })).toMatchObject({ status: 'fail' });
  expect(seen).toEqual(['/sys/kernel/btf/vmlinux']);
});
