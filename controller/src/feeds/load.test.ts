import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testFolder, type TestFolder } from '../testkit/index.ts';
import { loadFeed, type FeedLoad, type FeedSource } from './load.ts';
import { textsOf } from './testkit/texts.ts';

const guards = { protectedPrefixes: [], safelist: [] };
const lines = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, index) => `45.0.${(index + from) >> 8}.${(index + from) & 255}\n`).join(
    '',
  );

async function* chunksOf(...texts: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield new TextEncoder().encode(text);
  }
}

describe('loadFeed', () => {
  let root: TestFolder;
  let folder: string;
  beforeEach(() => {
    root = testFolder();
    folder = join(root.path, 'feeds');
  });
  afterEach(() => root.remove());

  const load = (
    text: string | Error | (string | Error)[],
    changes: Partial<FeedSource> = {},
  ): Promise<FeedLoad> =>
    loadFeed(
      { name: 'example', format: 'plain', guards, chunks: chunksOf(...[text].flat()), ...changes },
      folder,
    );

  it('takes a list, keeps a copy of it, and says what it left out', async () => {
    const result = await load(['45.0.0.1\n10.0', '.0.1\nbad\n']);
    expect(textsOf(result.entries)).toEqual(['45.0.0.1/32']);
    expect(result).toMatchObject({
      fresh: true,
      refusal: null,
      reading: { rejected: { count: 1, examples: [{ line: 3 }] }, skipped: 0, announced: null },
      stripped: { bogon: { count: 1, examples: ['10.0.0.1/32'] } },
    });
    expect(readdirSync(folder)).toEqual(['example.feed']);
  });

  it.each([
    ['shrank', lines(40), 'Feed example shrank from 100 to 40 entries, below the share of 0.5.'],
    ['grew', lines(400), 'Feed example grew from 100 to 400 entries, more than 3 times.'],
    ['is empty', '', 'Feed example has no entry left (0 read, 0 lines rejected).'],
    ['breaks off', [lines(90), new Error('socket hang up')], 'socket hang up'],
  ])('keeps the copy before in use when a list %s', async (_, text, message) => {
    await load(lines(100, 1000));
    const refused = await load(text);
    expect(refused).toMatchObject({ fresh: false, refusal: { message } });
    expect(refused.entries.size).toBe(100);
    expect(readdirSync(folder)).toEqual(['example.feed']);
    // The refused one was not counted as good.
    expect(await load(lines(100))).toMatchObject({ fresh: true, refusal: null });
  });

  it('has no entries where the first load is refused', async () => {
    const refused = await load('<html>\n');
    expect(refused).toMatchObject({ fresh: false, reading: null, refusal: { code: 'TG3013' } });
    expect(refused.entries.size).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('applies the guards of today to the copy before', async () => {
    await load(lines(100));
    const refused = await load('', { guards: { ...guards, safelist: ['45.0.0.0/28'] } });
    expect(refused.entries.size).toBe(84);
    expect(refused.stripped).toMatchObject({ safelisted: { count: 16 } });
  });

  it('gives the last good copy where nothing new is offered', async () => {
    const none = await load('', { chunks: null });
    expect(none).toMatchObject({ fresh: false, refusal: null, digest: null, reading: null });
    const { digest } = await load('45.0.0.1\n');
    const copy = await load('', { chunks: null });
    expect(copy).toMatchObject({ fresh: false, refusal: null, digest });
    expect(textsOf(copy.entries)).toEqual(['45.0.0.1/32']);
  });

  it('tells by what is listed whether a list is another one', async () => {
    const digestOf = async (text: string) => (await load(text)).digest;
    const digest = await digestOf('45.0.0.1\n45.0.0.2\n2a00::1\n2a00::2\n');
    expect(digest).toMatch(/^sha256:/);
    expect(await digestOf('# made today\n45.0.0.1 # again\n45.0.0.2\n2a00::1\n2a00::2\n')).toBe(digest);
    expect(await digestOf('45.0.0.1\n45.0.0.2\n2a00::1\n2a00::3\n')).not.toBe(digest);
    expect(await digestOf('45.0.0.1\n45.0.0.2/32\n2a00::1\n2a00::2\n')).toBe(digest);
  });

  it('keeps the credit with the copy', async () => {
    const credited = '; List - (c) 2026 Example\n45.0.0.0/24 ; SBL1\n';
    expect(await load(credited, { format: 'spamhaus-drop' })).toMatchObject({
      credit: 'List - (c) 2026 Example',
    });
    expect(await load('', { format: 'spamhaus-drop' })).toMatchObject({
      fresh: false,
      credit: 'List - (c) 2026 Example',
    });
  });

  it('starts anew where a crash left half a list behind', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'example.feed.tmp'), 'x'.repeat(10_000));
    const result = await load('45.0.0.1\n');
    expect(result.entries.size).toBe(1);
    await load('');
    expect(readdirSync(folder)).toEqual(['example.feed']);
  });

  it('a folder that cannot be used is an error, not a fault of the feed', async () => {
    mkdirSync(join(folder, 'example.feed.tmp'), { recursive: true });
    await expect(load('45.0.0.1\n')).rejects.toMatchObject({ code: 'TG3011' });
  });

  it.each(['', '../etc', '.a', 'A', 'a/b', 'a'.repeat(64)])('%j is no name', async (name) => {
    await expect(load('45.0.0.1\n', { name })).rejects.toMatchObject({ code: 'TG1006' });
    expect(existsSync(folder)).toBe(false);
  });
});
