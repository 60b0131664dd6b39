import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formerSyncookies } from './synproxy-host.ts';

test('the former value is found by the next process, not after a reboot, and can be forgotten', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tg-syncookies-'));
  const path = join(directory, 'syncookies.json');
  const open = (boot: string) => formerSyncookies(path, () => boot);
  expect(open('a').read()).toBeUndefined();
  open('a').write('1');
  expect(open('a').read()).toBe('1');
  expect(open('b').read()).toBeUndefined();
  open('a').remove();
  expect(open('a').read()).toBeUndefined();
  rmSync(directory, { recursive: true });
});
