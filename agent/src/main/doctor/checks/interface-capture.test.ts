import { expect, test } from 'vitest';
import { TidegateError } from '@tidegate/schemas';
import { capture, look } from '../healthy.contract.ts';
import { interfaceCapture } from './interface-capture.ts';

const free = { xdpOn: () => ({ programId: 0, mode: 'other' as const }) };
const noNative = { xdpFeatures: () => ({ isNative: false, isMultiBuffer: false }) };
const unknown = { xdpFeatures: () => null };

test.each([
  ['attached now', {}, 'native XDP, attached now'],
  ['free, native', free, 'native XDP'],
  ['free, not native', { ...free, ...noNative }, 'generic XDP: the driver does no native'],
  [
    'an older kernel',
    { ...free, ...unknown },
    'native XDP if the driver does it, else generic: the start shows which',
  ],
])('%s', async (_, host, found) => {
  expect(await look(interfaceCapture, { host })).toMatchObject({ status: 'ok', subject: 'eth0', found });
});

test('what is configured is said', async () => {
  const generic = capture({ xdpMode: 'generic' });
  expect((await look(interfaceCapture, { host: free, settings: generic })).found).toBe(
    'generic XDP, as configured',
  );
  const pcap = capture({ source: 'pcap' });
  expect((await look(interfaceCapture, { settings: pcap })).found).toBe('libpcap, as configured');
});

test('libpcap is the last resort, and the reason is given', async () => {
  const foreign = { ownPrograms: () => new Map() };
  expect(await look(interfaceCapture, { host: foreign })).toMatchObject({
    status: 'warn',
    found: 'libpcap: another XDP program is attached',
  });
  const tryProgram = (): never => {
    throw new TidegateError('TG2001', 'no');
  };
  expect((await look(interfaceCapture, { host: { ...free, tryProgram } })).found).toBe(
    'libpcap: the kernel does not take the XDP program',
  );
  const libbpfVersion = (): never => {
    throw new TidegateError('TG2001', 'no');
  };
  expect((await look(interfaceCapture, { host: { libbpfVersion } })).found).toBe(
    'libpcap: libbpf is missing',
  );
});

test('where only XDP will do, nothing is watched', async () => {
  const host = { ...free, ...noNative };
  const settings = capture({ source: 'xdp', xdpMode: 'native' });
  expect(await look(interfaceCapture, { host, settings })).toMatchObject({
    status: 'warn',
    found: 'nothing: the driver does no native XDP',
  });
});

test('whom may not load the program is told so', async () => {
  expect(await look(interfaceCapture, { host: { capabilities: 0n } })).toMatchObject({ status: 'skipped' });
});
