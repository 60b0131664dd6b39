import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testFolder, type TestFolder } from '../testkit/index.ts';
import { lockStateDir, readIfThere, SerialQueue, writeAtomically } from './index.ts';

let folder: TestFolder;
beforeEach(() => {
  folder = testFolder();
});
afterEach(() => folder.remove());

describe('writeAtomically', () => {
  it('replaces a file as a whole, for its owner only', async () => {
    const path = join(folder.path, 'a.json');
    await writeAtomically(path, 'one');
    await Promise.all(['two', 'three'].map((text) => writeAtomically(path, text)));
    expect(['two', 'three']).toContain(readFileSync(path, 'utf8'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('a.json'))).toEqual(['a.json']);
  });

  it('leaves the old file and no rest when it cannot', async () => {
    const path = join(folder.path, 'a-folder');
    mkdirSync(path);
    writeFileSync(join(path, 'inside'), '');
    await expect(writeAtomically(path, 'x')).rejects.toMatchObject({ code: 'TG3011' });
    expect(readdirSync(folder.path).filter((name) => name.includes('.tmp'))).toEqual([]);
    await expect(readIfThere(path)).rejects.toMatchObject({ code: 'TG3011' });
    expect(await readIfThere(join(folder.path, 'none'))).toBe(null);
  });
});

describe('lockStateDir', () => {
  it('is held by one at a time, under whatever name the folder is reached', async () => {
    const lock = await lockStateDir(folder.path);
    await expect(lockStateDir(join(folder.path, '.'))).rejects.toMatchObject({ code: 'TG3012' });
    await lock.release();
    await (await lockStateDir(folder.path)).release();
  });
});

describe('SerialQueue', () => {
  it('keeps the order, and goes on after a failure', async () => {
    const queue = new SerialQueue();
    const order: number[] = [];
    const slow = queue.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(1);
    });
    const failing = queue.run(() => Promise.reject(new Error('no')));
    const last = queue.run(() => Promise.resolve(order.push(2)));
    await expect(failing).rejects.toThrow('no');
    await Promise.all([slow, last]);
    expect(order).toEqual([1, 2]);
  });
});
