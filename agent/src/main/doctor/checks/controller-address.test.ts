import { rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { look, settings, type Changes } from '../healthy.contract.ts';
import { controllerAddress } from './controller-address.ts';

const at = (changes: Partial<NonNullable<typeof settings.controller>>): Changes['settings'] => ({
  controller: { ...settings.controller!, ...changes },
});
const withCa = at({ caFile: '/etc/tidegate/ca.pem' });
const holding = (text: string) => ({ read: () => ({ text }) });

test('https, against the system’s store or an authority of its own', async () => {
  expect(await look(controllerAddress)).toMatchObject({ status: 'ok', found: 'https://controller.example' });
  const host = holding(rootCertificates[0]!);
  expect(await look(controllerAddress, { host, settings: withCa! })).toMatchObject({
    status: 'ok',
    found: 'https://controller.example, checked against /etc/tidegate/ca.pem',
  });
});

test('plain http is for loopback only', async () => {
  expect(await look(controllerAddress, { settings: at({ url: 'http://127.0.0.1:8080' })! })).toMatchObject({
    status: 'ok',
  });
  expect(await look(controllerAddress, { settings: at({ url: 'http://192.0.2.1:8080' })! })).toMatchObject({
    status: 'fail',
    meaning: 'The agent does not start.',
  });
});

test.each<[string, Changes['host'], string]>([
  ['not there', { read: () => 'absent' }, 'is not there'],
  ['not readable', { read: () => 'denied' }, 'is not readable for tidegate'],
  ['no certificate', holding('-----BEGIN CERTIFICATE-----'), 'holds no certificate'],
  ['expired', { ...holding(rootCertificates[0]!), wallMs: () => Date.parse('2100-01-01') }, 'expired on'],
])('an authority that is %s', async (_, host, found) => {
  const result = await look(controllerAddress, { host: host!, settings: withCa! });
  expect(result.status).toBe('fail');
  expect(result.found).toContain(`controller.caFile /etc/tidegate/ca.pem ${found}`);
});
