import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testFolder, type TestFolder } from '../testkit/index.ts';
import { IndicatorSets } from './index.ts';

let folder: TestFolder;
let sets: IndicatorSets;
beforeEach(() => {
  folder = testFolder();
  sets = new IndicatorSets(folder.path);
});
afterEach(() => folder.remove());

const put = (text: string): Promise<string> => sets.put(new TextEncoder().encode(text));

describe('IndicatorSets', () => {
  it('keeps a set under its digest', async () => {
    const digest = await put('a set');
    expect(digest).toBe(digestOf('a set'));
    expect(await put('a set')).toBe(digest);
    const file = await sets.open(digest);
    expect(await file.readFile('utf8')).toBe('a set');
    await file.close();
  });

  it('removes what nothing names, and what was left half written', async () => {
    const [kept] = [await put('kept'), await put('old')];
    writeFileSync(join(folder.path, 'indicators', `${'a'.repeat(64)}.tgi.0123.tmp`), 'half');
    await sets.prune(new Set([kept]));
    expect(readdirSync(join(folder.path, 'indicators'))).toEqual([`${kept.slice('sha256:'.length)}.tgi`]);
  });

  it('has nothing to remove before the first set', async () => {
    await expect(sets.prune(new Set())).resolves.toBeUndefined();
  });

  it.each([`sha256:${'0'.repeat(64)}`, '../join-token', 'sha256:../../join-token', '', '%2e%2e'])(
    'has no set %j',
    async (digest) => {
      await put('a set');
      await expect(sets.open(digest)).rejects.toMatchObject({ code: 'TG3015' });
    },
  );
});
