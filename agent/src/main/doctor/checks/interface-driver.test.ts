import { expect, test } from 'vitest';
import { capture, look, type Changes } from '../healthy.contract.ts';
import { interfaceDriver } from './interface-driver.ts';

const card = (driver: string | null): NonNullable<Changes['host']> => ({
  link: () => ({ index: 2, isUp: true, isRunning: true, mtu: 1500, driver }),
  xdpOn: () => ({ programId: 0, mode: 'other' }),
});
const noNative = { xdpFeatures: () => ({ isNative: false, isMultiBuffer: false }) };

test('native XDP, and what there is to know about the driver', async () => {
  expect(await look(interfaceDriver)).toMatchObject({ status: 'ok', found: 'sfc, native XDP' });
  expect((await look(interfaceDriver, { host: card('virtio_net') })).found).toContain('receive offloads');
});

test('a driver that resets the link says "may", until our program is attached', async () => {
  const result = await look(interfaceDriver, { host: card('ixgbe') });
  expect(result).toMatchObject({ status: 'warn', found: 'ixgbe, native XDP; attaching may reset the link' });
  const attached = { ...card('ixgbe'), xdpOn: () => ({ programId: 7, mode: 'native' as const }) };
  expect(await look(interfaceDriver, { host: attached })).toMatchObject({ status: 'ok' });
  const foreign = { ...attached, ownPrograms: () => new Map([[2, 8]]) };
  expect(await look(interfaceDriver, { host: foreign })).toMatchObject({ status: 'warn' });
});

test('the reason is given, and lost packets are not taken for a lost link', async () => {
  expect((await look(interfaceDriver, { host: card('i40e') })).meaning).toMatch(
    /the link may be away for seconds \(i40e_xdp_setup resets/,
  );
  const rings = await look(interfaceDriver, { host: card('bnxt_en') });
  expect(rings).toMatchObject({
    status: 'warn',
    found: 'bnxt_en, native XDP; attaching makes its rings anew',
  });
  expect(rings.meaning).not.toContain('link');
});

test('generic XDP never resets it', async () => {
  const settings = capture({ xdpMode: 'generic' });
  expect(await look(interfaceDriver, { host: card('ixgbe'), settings })).toMatchObject({ status: 'ok' });
});

test('no native XDP is a warning, and a failure where it is asked for', async () => {
  const host = { ...card('r8169'), ...noNative };
  expect(await look(interfaceDriver, { host })).toMatchObject({
    status: 'warn',
    found: 'r8169, no native XDP',
  });
  expect(await look(interfaceDriver, { host, settings: capture({ xdpMode: 'native' }) })).toMatchObject({
    status: 'fail',
  });
});

test('an older kernel cannot say', async () => {
  const host = { ...card(null), xdpFeatures: () => null };
  expect(await look(interfaceDriver, { host })).toMatchObject({
    status: 'ok',
    found: 'no named driver, whether it does native XDP shows at the start',
  });
});

test('without the interface there is nothing to say', async () => {
  expect(await look(interfaceDriver, { interfaces: ['eth7'] })).toMatchObject({
    status: 'skipped',
    subject: 'eth7',
  });
});
