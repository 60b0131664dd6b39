import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const tidegate = fileURLToPath(new URL('../../controller/bin/tidegate.js', import.meta.url));

it('validates as expected.json says', () => {
  const args = [tidegate, 'validate', join(here, 'policy'), '--format', 'json'];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(join(here, 'expected.json'), 'utf8')));
  expect(status).toBe(0);
});

// It simulates two minutes of traffic, which takes some seconds where other tests run beside.
it('passes its own tests, with the incidents that expected-tests.json says', { timeout: 60_000 }, () => {
  const args = [tidegate, 'test', join(here, 'policy'), '--format', 'json'];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const { tests } = JSON.parse(stdout.trimEnd().split('\n').at(-1));
  const short = tests.map(({ name, outcome, incidents }) => ({
    name,
    outcome,
    incidents: incidents.map(({ family, actions }) => ({ family, actions: actions.map(({ type }) => type) })),
  }));
  expect(short).toEqual(JSON.parse(readFileSync(join(here, 'expected-tests.json'), 'utf8')));
  expect(status).toBe(0);
});

it('has a mistake named by its place', () => {
  const folder = mkdtempSync(join(tmpdir(), `tg-${process.pid}-example-`));
  try {
    cpSync(join(here, 'policy'), folder, { recursive: true });
    const file = join(folder, 'thresholds.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('20kpps', '20kbps'));
    expect(() =>
      execFileSync(process.execPath, [tidegate, 'validate', folder], { stdio: 'pipe', encoding: 'utf8' }),
    ).toThrow(
      expect.objectContaining({ status: 1, stdout: expect.stringMatching(/thresholds\.yaml:7:21: error: /) }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
