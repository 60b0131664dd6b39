import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfiguration } from '../context.ts';
import { contextWith, look } from '../healthy.contract.ts';
import { configuration } from './configuration.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-doctor-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const lookAt = (path: string) =>
  configuration.run({ ...contextWith(), configuration: readConfiguration(path) });

test('the file that is used is named', async () => {
  expect(await look(configuration)).toMatchObject({
    status: 'ok',
    found: '/etc/tidegate/agent.yaml, node web-1',
  });
});

test('none at all is a warning', () => {
  const path = join(directory, 'none.yaml');
  expect(lookAt(path)).toMatchObject({ status: 'warn', found: `there is no ${path}` });
});

test('a broken one is a failure that names the place', () => {
  const path = join(directory, 'agent.yaml');
  writeFileSync(path, 'schema: tidegate/agent-config/v1\nnode: Web\nstateDir: state\nrunDir: run\n');
  const result = lookAt(path);
  expect(result).toMatchObject({ status: 'fail', meaning: 'The agent does not start.' });
  expect(result).toHaveProperty('found', expect.stringContaining(`TG5002 ${path}:2:7: `));
});

test('one that cannot be read is a failure too', () => {
  expect(lookAt(directory)).toMatchObject({ status: 'fail' });
  expect(lookAt(directory)).toHaveProperty('found', expect.stringContaining('EISDIR'));
});
