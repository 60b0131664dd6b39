import { expect, test } from 'vitest';
import { capture, look, type Changes } from '../healthy.contract.ts';
import { interfaceMtu } from './interface-mtu.ts';

const jumbo: NonNullable<Changes['host']> = {
  link: () => ({ index: 2, isUp: true, isRunning: true, mtu: 9000, driver: 'ice' }),
  xdpOn: () => ({ programId: 0, mode: 'other' }),
};

test('the MTU of Ethernet fits every driver', async () => {
  expect(await look(interfaceMtu)).toMatchObject({ status: 'ok', found: '1500' });
});

test('a larger one may keep native XDP away', async () => {
  expect(await look(interfaceMtu, { host: jumbo })).toMatchObject({ status: 'warn', subject: 'eth0' });
  expect(await look(interfaceMtu, { host: { ...jumbo, xdpFeatures: () => null } })).toMatchObject({
    status: 'warn',
  });
});

test.each<[string, Changes]>([
  [
    'the driver takes several buffers',
    { host: { xdpFeatures: () => ({ isNative: true, isMultiBuffer: true }) } },
  ],
  ['it is generic anyway', { host: { xdpFeatures: () => ({ isNative: false, isMultiBuffer: false }) } }],
  ['generic is configured', { settings: capture({ xdpMode: 'generic' }) }],
  ['our program is attached', { host: { xdpOn: () => ({ programId: 7, mode: 'native' }) } }],
])('it is fine where %s', async (_, { host, ...changes }) => {
  expect(await look(interfaceMtu, { ...changes, host: { ...jumbo, ...host } })).toMatchObject({
    status: 'ok',
  });
});
