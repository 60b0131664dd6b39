import { expect, test } from 'vitest';
import { capture, fourCapabilities, look } from '../healthy.contract.ts';
import { capabilities } from './capabilities.ts';

const root = { name: 'root', isRoot: true };
const sysAdmin = 1n << 21n;

test('the four are enough, and root needs no more words', async () => {
  expect((await look(capabilities)).found).toBe(
    'tidegate, with CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON, CAP_NET_RAW',
  );
  const all = { user: root, capabilities: (1n << 41n) - 1n };
  expect(await look(capabilities, { host: all })).toMatchObject({ status: 'ok', found: 'root' });
});

test.each([
  ['CAP_NET_ADMIN', 12n],
  ['CAP_NET_RAW', 13n],
  ['CAP_PERFMON', 38n],
  ['CAP_BPF', 39n],
])('%s is missed by name', async (name, bit) => {
  const result = await look(capabilities, { host: { capabilities: fourCapabilities & ~(1n << bit) } });
  expect(result).toMatchObject({ status: 'fail', found: `tidegate lacks ${name}` });
});

test('CAP_SYS_ADMIN stands in for the two that were cut out of it', async () => {
  const host = { capabilities: (1n << 12n) | (1n << 13n) | sysAdmin };
  expect(await look(capabilities, { host })).toMatchObject({ status: 'ok' });
});

test('libpcap alone needs no eBPF', async () => {
  const host = { capabilities: (1n << 12n) | (1n << 13n) };
  expect(await look(capabilities, { host, settings: capture({ source: 'pcap' }) })).toMatchObject({
    status: 'ok',
  });
});

test('the root of a container is told what to ask for', async () => {
  const result = await look(capabilities, { host: { user: root, capabilities: 1n << 13n } });
  expect(result.fix).toContain('--cap-add NET_ADMIN --cap-add BPF --cap-add PERFMON.');
});
