import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRawReader } from './raw.ts';
import { forensicRecord, recordsAtOnce } from './record.ts';
import { inputBuffer } from './workspace.ts';

const records = 6_000;
let folder: string;
let file: FileHandle;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-raw-'));
  const view = new DataView(new ArrayBuffer(records * forensicRecord.size));
  for (let place = 0; place < records; place++) view.setUint32(place * forensicRecord.size, place, true);
  writeFileSync(join(folder, 'raw'), view);
  file = await open(join(folder, 'raw'));
});
afterAll(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

const numberAt = ({ view }: { view: DataView }, at: number): number => view.getUint32(at, true);

test('gives the records of any places, in any order', async () => {
  const reader = createRawReader(file, inputBuffer());
  const anyPlaces = fc.array(fc.nat(records - 1), { maxLength: recordsAtOnce });
  await fc.assert(
    fc.asyncProperty(anyPlaces, async (places) => {
      await reader.readPlaces(Uint32Array.from(places));
      expect(places.map((place) => numberAt(reader, reader.offsetOf(place)))).toEqual(places);
    }),
    { numRuns: 30 },
  );
});

test('the widest gaps that are read along still fit', async () => {
  const reader = createRawReader(file, inputBuffer());
  const places = Uint32Array.from({ length: recordsAtOnce }, (_, index) => index * 5);
  await reader.readPlaces(places);
  expect([...places].map((place) => numberAt(reader, reader.offsetOf(place)))).toEqual([...places]);
});

test('gives a range, and says where the file ends too early', async () => {
  const reader = createRawReader(file, inputBuffer());
  await reader.readRange(100, recordsAtOnce);
  expect(numberAt(reader, 0)).toBe(100);
  expect(numberAt(reader, (recordsAtOnce - 1) * forensicRecord.size)).toBe(99 + recordsAtOnce);
  await expect(reader.readRange(records - 1, 2)).rejects.toThrow('the copy of the ring ends at byte 864000');
});
