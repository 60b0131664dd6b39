import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { headersPrefix, isInstalled } from './npm.mjs';

describe('what is installed is what the lock file asks for', () => {
  const koffi = { version: '3.3.4', integrity: 'sha512-a' };
  const lockfile = {
    packages: { '': {}, 'node_modules/koffi': koffi, 'node_modules/cap': { version: '1', optional: true } },
  };

  test('when every package is there in its version', () => {
    expect(isInstalled(lockfile, lockfile)).toBe(true);
  });

  test('also without the optional ones, which may not exist for this platform', () => {
    expect(isInstalled(lockfile, { packages: { 'node_modules/koffi': koffi } })).toBe(true);
  });

  test.each([
    ['missing', {}],
    ['older', { 'node_modules/koffi': { ...koffi, version: '3.3.3' } }],
    ['of other bytes', { 'node_modules/koffi': { ...koffi, integrity: 'sha512-b' } }],
    ['more than asked for', { 'node_modules/koffi': koffi, 'node_modules/left-pad': { version: '1' } }],
  ])('not when one is %s', (_, packages) => {
    expect(isInstalled(lockfile, { packages })).toBe(false);
  });
});

test('headers count only when they are those of the running Node', () => {
  const prefix = mkdtempSync(join(tmpdir(), 'headers-'));
  onTestFinished(() => rmSync(prefix, { recursive: true }));
  mkdirSync(join(prefix, 'include/node'), { recursive: true });
  writeFileSync(join(prefix, 'include/node/node_version.h'), '#define NODE_MODULE_VERSION 115\n');

  expect(headersPrefix(['/nowhere', prefix], '115')).toBe(prefix);
  expect(headersPrefix(['/nowhere', prefix], '11')).toBeUndefined();
});
