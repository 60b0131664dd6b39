import { TidegateError } from '@tidegate/schemas';
import { expect, test } from 'vitest';
import { capture, look } from '../healthy.contract.ts';
import { nftables } from './nftables.ts';

const pcap = capture({ source: 'pcap' });
const refuses = (code: 'TG2003' | 'TG2010') => async (): Promise<never> => {
  throw new TidegateError(code, 'nft: no');
};

test('a table of ours, or room for one', async () => {
  expect(await look(nftables)).toMatchObject({ status: 'ok' });
  expect(await look(nftables, { host: { examineNftables: async () => 'absent' } })).toMatchObject({
    status: 'ok',
    found: 'usable; the table inet tidegate is made when needed',
  });
});

test('the table of somebody else: worse beside XDP, nothing without', async () => {
  const host = { examineNftables: async () => 'foreign' as const };
  expect(await look(nftables, { host })).toMatchObject({
    status: 'warn',
    found: 'the table inet tidegate belongs to another program',
  });
  expect(await look(nftables, { host, settings: pcap })).toMatchObject({ status: 'fail' });
});

test('what the kernel lacks and what is not allowed are told apart', async () => {
  const kernel = await look(nftables, { host: { examineNftables: refuses('TG2003') } });
  expect(kernel).toMatchObject({ status: 'warn', found: 'nft: no' });
  expect(kernel.fix).toContain('modprobe');
  const other = await look(nftables, { host: { examineNftables: refuses('TG2010') }, settings: pcap });
  expect(other).toMatchObject({ status: 'fail' });
  expect(other.fix).not.toContain('modprobe');
});

test('what another check has said is not said again', async () => {
  const loadLibrary = (): void => {
    throw new Error('none');
  };
  expect(await look(nftables, { host: { loadLibrary } })).toMatchObject({ status: 'skipped' });
  expect(await look(nftables, { host: { capabilities: 0n } })).toMatchObject({ status: 'skipped' });
});
