import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const guide = fileURLToPath(new URL('../../docs/attack-profiles.md', import.meta.url));
const singleServer = fileURLToPath(new URL('../single-server/policy', import.meta.url));
const tidegate = fileURLToPath(new URL('../../controller/bin/tidegate.js', import.meta.url));
const profiles = readdirSync(here).filter((name) => name.endsWith('.yaml'));
const folder = mkdtempSync(join(tmpdir(), `tg-${process.pid}-profiles-`));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is found in a policy of one server, after more files were put beside it. */
function findingsWith(name, addFiles) {
  const policy = join(folder, name);
  cpSync(singleServer, policy, { recursive: true });
  addFiles(policy);
  const args = [tidegate, 'validate', policy, '--format', 'json'];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, findings: JSON.parse(stdout).findings };
}

const answerAll = `apiVersion: tidegate/v1
kind: Playbook
metadata: { name: all }
spec: { trigger: { families: ['*'] }, steps: [{ drop: { ttl: 10m } }] }
`;

it('the library goes into a policy as it is', () => {
  const found = findingsWith('library', (policy) => {
    for (const name of profiles) cpSync(join(here, name), join(policy, name));
    writeFileSync(join(policy, 'all.yaml'), answerAll);
  });
  expect(found).toEqual({ status: 0, findings: [] });
});

it('the README names every profile', () => {
  const rows = readFileSync(join(here, 'README.md'), 'utf8').match(/^\| `[a-z0-9-]+` /gm) ?? [];
  expect(rows.map((row) => `${row.slice(3, -2)}.yaml`)).toEqual(profiles.sort());
});

it('the example of the guide is a policy in order', () => {
  const [, yaml] = /```yaml\n(.*?)```/s.exec(readFileSync(guide, 'utf8'));
  const found = findingsWith('guide', (policy) => writeFileSync(join(policy, 'guide.yaml'), yaml));
  expect(found).toEqual({ status: 0, findings: [] });
});

it('a pattern that is refused is one finding with its place', () => {
  const { status, findings } = findingsWith('refused', (policy) => {
    const text = readFileSync(join(here, 'ssdp-answer.yaml'), 'utf8');
    writeFileSync(join(policy, 'bad.yaml'), text.replace("'^HTTP", "'(?=HTTP)^HTTP"));
  });
  expect({ status, findings }).toMatchObject({
    status: 1,
    findings: [{ rule: 'TG1017', file: 'bad.yaml', line: 12, column: 14, path: '/spec/match/payload/regex' }],
  });
});
