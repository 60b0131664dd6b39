import { mkdtempSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digest, filesBelow, fingerprint, readIfThere, writeStamp } from './stamp.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stamp-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a digest knows where one part ends and the next begins', () => {
  expect(digest(['ab', 'c'])).toBe(digest(['ab', 'c']));
  expect(digest(['ab', 'c'])).not.toBe(digest(['a', 'bc']));
});

test('files are found at any depth, in the same order each time', () => {
  mkdirSync(join(folder, 'b/deep'), { recursive: true });
  for (const name of ['b/deep/x.ts', 'a.ts', 'b/y.js']) writeFileSync(join(folder, name), '');

  expect(filesBelow(folder, (name) => name.endsWith('.ts'))).toEqual([
    join(folder, 'a.ts'),
    join(folder, 'b/deep/x.ts'),
  ]);
  expect(filesBelow(join(folder, 'missing'), () => true)).toEqual([]);
});

test('a fingerprint changes with size, time and absence', () => {
  const file = join(folder, 'file');
  const seen = [fingerprint(file)];
  writeFileSync(file, 'one');
  utimesSync(file, 1, 1);
  seen.push(fingerprint(file));
  writeFileSync(file, 'longer');
  utimesSync(file, 1, 1);
  seen.push(fingerprint(file));
  utimesSync(file, 1, 2);
  seen.push(fingerprint(file));

  expect(new Set(seen).size).toBe(4);
});

test('a stamp is read back as written, also from a folder that was missing', () => {
  const path = join(folder, 'new/stamp');
  expect(readIfThere(path)).toBeUndefined();
  writeStamp(path, 'value');
  expect(readIfThere(path)).toBe('value');
});
