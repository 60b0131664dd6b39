import { expect, test } from 'vitest';
import { capture, look } from '../healthy.contract.ts';
import { kernelVersion } from './kernel-version.ts';

test.each([
  ['4.19.0-27-amd64', 'fail'],
  ['5.10.0-28-amd64', 'fail'],
  ['5.19.99', 'fail'],
  ['6.0.0', 'ok'],
  ['6.1.0-18-amd64', 'ok'],
  ['10.0-rc1', 'ok'],
])('%s: %s', async (kernelRelease, status) => {
  expect(await look(kernelVersion, { host: { kernelRelease } })).toMatchObject({ status });
});

test('what follows depends on what is configured', async () => {
  const host = { kernelRelease: '5.10.0' };
  expect((await look(kernelVersion, { host })).meaning).toContain('falls back to libpcap');
  expect((await look(kernelVersion, { host, settings: capture({ source: 'xdp' }) })).meaning).toContain(
    'does not start watching',
  );
});
