import { expect, test } from 'vitest';
import { capture, look } from '../healthy.contract.ts';
import { libpcap } from './libpcap.ts';

const loadPcap = async (): Promise<void> => {
  throw new Error("Cannot find package 'cap'\nRequire stack: …");
};

test('missing, it is a warning as a fallback and a failure where it is asked for', async () => {
  expect(await look(libpcap)).toMatchObject({ status: 'ok' });
  expect(await look(libpcap, { host: { loadPcap } })).toMatchObject({
    status: 'warn',
    found: "the package cap cannot be loaded: Cannot find package 'cap'",
  });
  expect(await look(libpcap, { host: { loadPcap }, settings: capture({ source: 'pcap' }) })).toMatchObject({
    status: 'fail',
  });
});
