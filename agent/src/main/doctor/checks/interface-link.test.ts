import { expect, test } from 'vitest';
import { contextWith, look, type Changes } from '../healthy.contract.ts';
import { interfaceLink } from './interface-link.ts';

const link = { index: 2, isUp: true, isRunning: true, mtu: 1500, driver: 'igb' };
const all = (changes: Changes) => interfaceLink.run(contextWith(changes));

test('it says where the name comes from', async () => {
  expect(await look(interfaceLink)).toMatchObject({
    subject: 'eth0',
    found: 'up, from the last good bundle',
  });
  expect(await look(interfaceLink, { interfaces: ['eth0'] })).toMatchObject({ found: 'up' });
  expect(await look(interfaceLink, { host: { lastGoodBundle: () => null } })).toMatchObject({
    subject: 'eth0',
    found: 'up, not named by any policy yet',
  });
});

test('down and without a carrier are warnings', async () => {
  const down = { link: () => ({ ...link, isUp: false, isRunning: false }) };
  expect(await look(interfaceLink, { host: down })).toMatchObject({
    status: 'warn',
    fix: 'ip link set dev eth0 up.',
  });
  const unplugged = { link: () => ({ ...link, isRunning: false }) };
  expect(await look(interfaceLink, { host: unplugged })).toMatchObject({
    status: 'warn',
    found: 'up, without a carrier, from the last good bundle',
  });
});

test('one that is not there is a failure that names those that are', async () => {
  const result = await look(interfaceLink, { interfaces: ['eth7'] });
  expect(result).toMatchObject({ status: 'fail', subject: 'eth7' });
  expect(result.fix).toContain('lo, eth0, eth1');
});

test('no interface at all is a warning; of very many the first are looked at', () => {
  const none = { lastGoodBundle: () => null, linkNames: () => ['lo'] };
  expect(all({ host: none })).toMatchObject({ status: 'warn' });
  const many = {
    lastGoodBundle: () => null,
    linkNames: () => Array.from({ length: 20 }, (_, index) => `v${index}`),
    link: () => link,
  };
  const results = all({ host: many });
  expect(results).toHaveLength(17);
  expect(results).toContainEqual(expect.objectContaining({ status: 'warn', subject: null }));
});
