import { expect, test } from 'vitest';
import { look } from '../healthy.contract.ts';
import { bpfJit } from './bpf-jit.ts';

test.each([
  [{ text: '0\n' }, 'warn'],
  [{ text: '1\n' }, 'ok'],
  [{ text: '2\n' }, 'ok'],
  ['absent' as const, 'skipped'],
  ['denied' as const, 'skipped'],
])('%j: %s', async (reading, status) => {
  expect(await look(bpfJit, { host: { read: () => reading } })).toMatchObject({ status });
});
