import { expect, test } from 'vitest';
import { look } from '../healthy.contract.ts';
import { libbpf } from './libbpf.ts';

test('its version is shown; without it the reason and the package', async () => {
  expect(await look(libbpf)).toMatchObject({ status: 'ok', found: '1.1' });
  const libbpfVersion = (): string => {
    throw new Error('libbpf.so.1 cannot be loaded');
  };
  const result = await look(libbpf, { host: { libbpfVersion } });
  expect(result).toMatchObject({ status: 'fail', found: 'libbpf.so.1 cannot be loaded' });
  expect(result.fix).toContain('libbpf1');
});
