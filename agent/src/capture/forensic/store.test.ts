import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureFileName, openStore, type Store, type StoreLimits } from './store.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const nowMs = Date.parse('2026-11-03T12:00:00Z');
const dayMs = 86_400_000;
let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'tidegate-store-'));
  folder = join(parent, 'forensic');
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

const open = (limits: Partial<StoreLimits> = {}): Store =>
  openStore({
    folder,
    limits: { bytesMax: 1_000, filesMax: 10, ageMsMax: 30 * dayMs, ...limits },
    clock: { wallMs: () => nowMs },
    log,
  });
const name = (incident: string): string => captureFileName(incident, 'syn_flood', new Date(nowMs));
const names = (): string[] => readdirSync(folder).sort();

/** A file of an earlier capture. */
function put(fileName: string, bytes: number, ageDays: number): void {
  writeFileSync(join(folder, fileName), new Uint8Array(bytes));
  const at = new Date(nowMs - ageDays * dayMs);
  utimesSync(join(folder, fileName), at, at);
}
const save = (store: Store, fileName: string, bytes: number): Promise<[string, unknown]> =>
  store.write(fileName, bytes, (file) => file.write(new Uint8Array(bytes)));

test('a name is a single, harmless file name', () => {
  const at = new Date('2026-11-03T10:15:30.987Z');
  expect(captureFileName('inc-0f', 'syn_flood', at)).toBe('inc-0f-syn_flood-20261103T101530Z.pcapng');
  expect(captureFileName('../../etc/x', 'a b\n', at)).toBe('______etc_x-a_b_-20261103T101530Z.pcapng');
  expect(captureFileName('i'.repeat(500), 'f', at).length).toBeLessThan(140);
});

describe('the folder', () => {
  test('is ours alone, and so are its files', async () => {
    mkdirSync(folder, { mode: 0o755 });
    const [path] = await save(open(), name('a'), 10);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('loses what an earlier process left unfinished, and nothing of anybody else', () => {
    mkdirSync(folder);
    put(`${name('a')}.partial`, 1, 0);
    put('.scratch', 1, 0);
    put('notes.txt', 1, 90);
    open();
    expect(names()).toEqual(['notes.txt']);
  });

  test('that cannot be made is an error that says so', () => {
    writeFileSync(folder, '');
    expect(() => open()).toThrow(expect.objectContaining({ code: 'TG2014' }));
  });

  test('a scratch file has no name', async () => {
    const scratch = await open().openScratch();
    await scratch.write('x');
    expect(names()).toEqual([]);
    await scratch.close();
  });
});

describe('limits', () => {
  test('the oldest make room before a file is written', async () => {
    const store = open({ bytesMax: 1_000 });
    for (const [incident, age] of [
      ['b', 2],
      ['c', 1],
      ['a', 3],
    ] as const)
      put(name(incident), 300, age);
    const there: string[][] = [];
    await store.write(name('d'), 500, async (file) => {
      there.push(names());
      await file.write(new Uint8Array(500));
    });
    expect(there).toEqual([[name('c'), `${name('d')}.partial`]]);
    expect(names()).toEqual([name('c'), name('d')]);
    expect(store.removed).toBe(2);
  });

  test('hold for the number of files', async () => {
    const store = open({ filesMax: 2 });
    for (const [incident, age] of [
      ['a', 3],
      ['b', 2],
    ] as const)
      put(name(incident), 1, age);
    await save(store, name('c'), 1);
    expect(names()).toEqual([name('b'), name('c')]);
  });

  test('hold for the age, and leave other files alone', async () => {
    const store = open();
    put(name('old'), 1, 31);
    put(name('young'), 1, 29);
    put('holiday.pcapng', 1, 90);
    await store.prune();
    expect(names()).toEqual(['holiday.pcapng', name('young')]);
    expect(store.removed).toBe(1);
  });

  test('a file that would break them is not begun, and nothing is removed for it', async () => {
    const store = open();
    put(name('a'), 900, 1);
    await expect(save(store, name('b'), 1_001)).rejects.toMatchObject({ code: 'TG2014' });
    expect(names()).toEqual([name('a')]);
  });
});

test('a file that could not be finished leaves nothing behind', async () => {
  const store = open();
  const failing = store.write(name('a'), 10, async (file) => {
    await file.write('half');
    throw new Error('no space left');
  });
  await expect(failing).rejects.toThrow('no space left');
  expect(names()).toEqual([]);
});
