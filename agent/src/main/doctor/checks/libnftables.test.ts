import { expect, test } from 'vitest';
import { capture, look } from '../healthy.contract.ts';
import { libnftables } from './libnftables.ts';

const loadLibrary = (soname: string): void => {
  throw new Error(`${soname} cannot be loaded`);
};

test('missing, it is a warning beside XDP and a failure beside libpcap', async () => {
  expect(await look(libnftables)).toMatchObject({ status: 'ok' });
  expect(await look(libnftables, { host: { loadLibrary } })).toMatchObject({
    status: 'warn',
    found: 'libnftables.so.1 cannot be loaded',
  });
  expect(
    await look(libnftables, { host: { loadLibrary }, settings: capture({ source: 'pcap' }) }),
  ).toMatchObject({ status: 'fail' });
});
