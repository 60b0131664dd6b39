import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCounts, summarise } from './counts.mjs';

const clean = { asRoot: true, skippedKernelFiles: 0, leaks: 0, exitCode: 0 };
const unit = { project: 'unit', passed: 40, failed: 0, skipped: 2 };

test('the files of a project are summed up, the projects in the order in which they are documented', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'counts.ndjson');
  const files = [
    { project: 'kernel', passed: 3, failed: 1, skipped: 0 },
    { project: 'unit', passed: 30, failed: 0, skipped: 2 },
    { project: 'unit', passed: 10, failed: 0, skipped: 0 },
  ];
  writeFileSync(path, files.map((file) => `${JSON.stringify(file)}\n`).join(''));

  expect(readCounts(path)).toEqual([unit, { project: 'kernel', passed: 3, failed: 1, skipped: 0 }]);
  expect(readCounts(join(folder, 'missing'))).toEqual([]);
});

test('as root every project ran', () => {
  const kernel = { project: 'kernel', passed: 14, failed: 0, skipped: 0 };
  expect(summarise([unit, kernel], clean)).toEqual({
    ok: true,
    lines: [
      'unit: 40 tests ran, 2 skipped',
      'kernel: 14 tests ran as root',
      '54 passed, 0 failed, 2 skipped',
    ],
  });
});

test('without root the kernel files are skipped in plain sight', () => {
  expect(summarise([unit], { ...clean, asRoot: false, skippedKernelFiles: 3 })).toEqual({
    ok: true,
    lines: [
      'unit: 40 tests ran, 2 skipped',
      'kernel: 3 test files skipped: needs root (namespaces, eBPF, nft)',
      '40 passed, 0 failed, 5 skipped',
    ],
  });
});

test('whatever is left behind is a failure', () => {
  const summary = summarise([unit], { ...clean, leaks: 2 });
  expect(summary.ok).toBe(false);
  expect(summary.lines.at(-1)).toBe('40 passed, 2 failed, 2 skipped');
});

test('an error outside the tests is a failure', () => {
  const summary = summarise([unit], { ...clean, exitCode: 1 });
  expect(summary.ok).toBe(false);
  expect(summary.lines.at(-1)).toBe('40 passed, 1 failed, 2 skipped');
});

test('nothing tested is nothing proved', () => {
  expect(summarise([], { ...clean, exitCode: 1 })).toEqual({
    ok: false,
    lines: ['no test ran', '0 passed, 0 failed, 0 skipped'],
  });
});
