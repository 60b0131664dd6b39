import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeVersionComplaint } from './node-version.mjs';
import { root } from './paths.mjs';

test.each(['20.19.0', '20.20.2', '22.13.0', '22.22.1', '24.0.0', '26.4.1'])(
  'Node %s is supported',
  (version) => {
    expect(nodeVersionComplaint(version)).toBeUndefined();
  },
);

test.each(['12.22.12', '18.20.8', '20.18.3', '21.7.3', '22.12.0', '23.11.1'])(
  'Node %s is refused by name',
  (version) => {
    expect(nodeVersionComplaint(version)).toMatch(new RegExp(`20\\.19.*22\\.13.*this is Node ${version}\\.`));
  },
);

test('the versions are those that package.json declares', () => {
  expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node).toBe(
    '^20.19.0 || ^22.13.0 || >=24.0.0',
  );
});

test.each(['scripts/setup.mjs', 'scripts/setup/node-version.mjs'])('%s parses on an old Node', (path) => {
  const code = readFileSync(join(root, path), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  expect(code).not.toMatch(/\?\?|\?\.|`|\bawait\b|\bstatic\b|from 'node:/);
});
