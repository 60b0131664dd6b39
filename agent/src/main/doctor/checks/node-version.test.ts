import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { look } from '../healthy.contract.ts';
import { nodeVersion, supported } from './node-version.ts';

test.each([
  ['20.18.3', 'fail'],
  ['20.19.0', 'ok'],
  ['21.7.0', 'fail'],
  ['22.12.0', 'fail'],
  ['22.13.0', 'ok'],
  ['23.1.0', 'fail'],
  ['24.0.0', 'ok'],
  ['26.1.0', 'ok'],
])('%s: %s', async (version, status) => {
  expect(await look(nodeVersion, { host: { nodeVersion: version } })).toMatchObject({ status });
});

test('package.json says the same', () => {
  const root = new URL('../../../../../package.json', import.meta.url);
  const { engines } = JSON.parse(readFileSync(root, 'utf8')) as { engines: { node: string } };
  expect(supported).toBe(engines.node);
});
