import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dumpRing } from './dump.ts';
import { createFakeRing } from './fake-ring.contract.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-dump-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const frame = new Uint8Array(60).fill(9);

test('copies the ring as it stands, frozen meanwhile and going on afterwards', async () => {
  const ring = createFakeRing(5_000);
  for (let index = 1; index <= 7_000; index++) ring.write({ atNs: BigInt(index), frame });
  const file = await open(join(folder, 'raw'), 'w+');
  const before = ring.bytes.slice();
  const seen = await dumpRing(ring, file, () => {
    ring.write({ atNs: 9_999n, frame });
    return ring.frozen;
  });
  await file.close();
  expect(seen).toBe(true);
  expect(ring.frozen).toBe(false);
  expect(Buffer.compare(readFileSync(join(folder, 'raw')), before)).toBe(0);
});

test('the ring goes on also when the copy fails', async () => {
  const ring = createFakeRing(10);
  const file = await open(join(folder, 'raw'), 'w+');
  await file.close();
  await expect(dumpRing(ring, file, () => null)).rejects.toThrow(/closed|EBADF/);
  expect(ring.frozen).toBe(false);
});
