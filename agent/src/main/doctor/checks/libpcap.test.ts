import { expect, test } from 'vitest';
import { capture, look } from '../healthy.contract.ts';
import { libpcap } from './libpcap.ts';

const loadPcap = async (): Promise<void> => {
  throw new Error("Cannot find package 'cap'\nRequire stack: …");
};

test('missing, it is a warning as a fallback and a failure where it is asked for', async () => {
  const present = await look(libpcap);
  expect(present.status).toBe('ok');
  expect(present.found).toMatch(/^present; libpcap counts about 50,000 packets\/s/);
  expect(await look(libpcap, { host: { loadPcap } })).toMatchObject({
    status: 'warn',
    found: "the package cap cannot be loaded: Cannot find package 'cap'",
  });
  expect(await look(libpcap, { host: { loadPcap }, settings: capture({ source: 'pcap' }) })).toMatchObject({
    status: 'fail',
  });
});
