import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openIndicatorSet, TidegateError, type CompiledFeed, type Indicators } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testFolder, type TestFolder } from '../testkit/index.ts';
import { FeedDesk, IndicatorSets, type FeedGroup } from './index.ts';
import { runFeedJob } from './run.ts';
import { cut, flood, refuse, serve, stall, startListServer, type ListServer } from './testkit/list-server.ts';

const hourMs = 3_600_000;
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const lines = (count: number, network = '45.0'): string =>
  Array.from({ length: count }, (_, index) => `${network}.${index >> 8}.${index & 255}\n`).join('');

let folder: TestFolder;
let server: ListServer;
beforeEach(async () => {
  folder = testFolder();
  server = await startListServer();
});
afterEach(async () => {
  await server.close();
  folder.remove();
});

const listed = (changes: Partial<CompiledFeed> = {}): CompiledFeed => ({
  name: 'listed',
  origin: { url: server.url, refreshMs: hourMs, auth: null },
  format: 'plain',
  action: 'count',
  allowEmpty: false,
  shrinkShareMin: 0.5,
  growthMax: 3,
  credit: null,
  ...changes,
});
const groupOf = (feeds: readonly CompiledFeed[], changes: Partial<FeedGroup> = {}): FeedGroup => ({
  group: 'web',
  protect: ['203.0.113.0/24'],
  safelist: [],
  feeds,
  ...changes,
});

/** A desk over this folder, on a clock that stands until it is set. */
function setUp(files: Readonly<Record<string, string>> = {}) {
  const world = {
    nowMs: Date.parse('2026-01-31T03:00:00Z'),
    files,
    secrets: {} as Readonly<Record<string, string>>,
    published: undefined as Indicators | undefined,
    publications: 0,
  };
  const desk: FeedDesk = new FeedDesk({
    stateDir: folder.path,
    clock: () => world.nowMs,
    log: silent,
    lookMs: 10,
    fetchMsMax: 1000,
    run: (job, signal) => {
      signal.throwIfAborted();
      return runFeedJob(job);
    },
    readFile: async (commit, path) => {
      const text = world.files[path];
      if (text === undefined) throw new TidegateError('TG3001', `commit ${commit} has no file ${path}`);
      return new TextEncoder().encode(text);
    },
    readSecret: async (reference) => {
      const value = world.secrets[reference];
      if (value === undefined)
        throw new TidegateError('TG5005', `the secret ${reference} is missing or empty`);
      return value;
    },
    publish: async () => {
      const next = desk.indicatorsOf('web');
      if (next?.digest === world.published?.digest) return false;
      world.published = next;
      world.publications += 1;
      return true;
    },
    publishedDigests: () => (world.published === undefined ? [] : [world.published.digest]),
  });
  const look = async (laterMs = 0): Promise<Indicators | undefined> => {
    world.nowMs += laterMs;
    await desk.look();
    return desk.indicatorsOf('web');
  };
  return { desk, world, look };
}

async function open(indicators: Indicators | undefined) {
  const file = await new IndicatorSets(folder.path).open(indicators?.digest ?? '');
  const bytes = await file.readFile();
  await file.close();
  expect(bytes).toHaveLength(indicators?.bytes ?? 0);
  return openIndicatorSet(bytes);
}

describe('FeedDesk', () => {
  it('builds one set of all feeds of a group, and says what is in it', async () => {
    const { desk, look } = setUp({ 'own.txt': '45.1.0.0/16\n2a00:1::7\n' });
    server.behave(serve(`; List - (c) Example\n45.0.0.1 ; 1\n45.1.2.3 ; 2\n10.0.0.1 ; 3\nbad ; 4\n`));
    const own = listed({ name: 'own', origin: { path: 'own.txt' }, action: 'drop' });
    const feeds = [listed({ format: 'spamhaus-drop' }), own];
    desk.take({ commit: 'a', groups: [groupOf(feeds)] });
    expect(desk.indicatorsOf('web')).toBeUndefined();
    const indicators = await look();
    expect(indicators).toMatchObject({
      addresses: 3,
      prefixes: 1,
      feeds: [
        { name: 'listed', action: 'count', entries: 2, credit: 'List - (c) Example' },
        { name: 'own', action: 'drop', entries: 2 },
      ],
    });
    expect((await open(indicators)).builtAt).toBe('2026-01-31T03:00:00.000Z');
    const at = '2026-01-31T03:00:00.000Z';
    expect(desk.status()).toEqual([
      { name: 'listed', entries: 2, leftOut: 2, checkedAt: at, changedAt: at, error: null },
      { name: 'own', entries: 2, leftOut: 0, checkedAt: at, changedAt: at, error: null },
    ]);
  });

  it('leaves out what the fleet protects, and for each group what it safelists', async () => {
    const { desk, look } = setUp();
    server.behave(serve('45.0.0.1\n45.0.1.1\n45.0.2.1\n'));
    const groups = [
      groupOf([listed()], { safelist: ['45.0.1.0/24'] }),
      groupOf([listed()], { group: 'mail', protect: ['45.0.2.0/24'] }),
      groupOf([], { group: 'dns' }),
    ];
    desk.take({ commit: 'a', groups });
    expect(await look()).toMatchObject({ addresses: 1 });
    expect(desk.indicatorsOf('mail')).toMatchObject({ addresses: 2 });
    expect(desk.indicatorsOf('dns')).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  it('asks as often as the policy says, and keeps the set where nothing changed', async () => {
    const { desk, world, look } = setUp();
    server.behave(serve('45.0.0.1\n', '"7"'));
    desk.take({ commit: 'a', groups: [groupOf([listed()])] });
    const first = await look();
    await look(hourMs - 1);
    expect(server.requests).toHaveLength(1);
    expect(await look(1)).toEqual(first);
    expect(server.requests.map((headers) => headers['if-none-match'])).toEqual([undefined, '"7"']);
    // Another text with the same entries is the same list.
    server.behave(serve('# of today\n45.0.0.1\n', '"8"'));
    expect(await look(hourMs)).toEqual(first);
    expect(desk.status()).toMatchObject([
      { checkedAt: '2026-01-31T05:00:00.000Z', changedAt: '2026-01-31T03:00:00.000Z' },
    ]);
    expect([server.requests.length, world.publications]).toEqual([3, 1]);
  });

  it('goes on after a restart without asking again, with the same set byte for byte', async () => {
    const before = setUp();
    server.behave(serve(lines(10)));
    before.desk.take({ commit: 'a', groups: [groupOf([listed()])] });
    const first = await before.look();
    const after = setUp();
    after.desk.take({ commit: 'a', groups: [groupOf([listed()])] });
    after.world.nowMs += 60_000;
    expect(await after.look()).toEqual(first);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['answers 500', () => refuse(500), 'the server answered 500'],
    ['breaks off', () => cut(lines(60)), /terminated|other side closed|aborted/],
    ['stalls', () => stall(lines(100)), 'it took longer than 1000 ms'],
    ['sends an error page', () => serve('<html>\n'), /^Feed listed has no entry left/],
    ['sends nothing', () => serve(''), /^Feed listed has no entry left/],
    ['shrank', () => serve(lines(49)), /^Feed listed shrank from 100 to 49 entries/],
    ['grew', () => serve(lines(301)), /^Feed listed grew from 100 to 301 entries/],
    ['never ends', () => flood('x'.repeat(65_535) + '\n'), /more than 268435456 bytes|it took longer/],
  ])('keeps the last good copy of a list that %s', async (_, behaviour, error) => {
    const { desk, look } = setUp();
    server.behave(serve(lines(100)));
    desk.take({ commit: 'a', groups: [groupOf([listed()])] });
    const first = await look();
    server.behave(behaviour());
    expect(await look(hourMs)).toEqual(first);
    expect(desk.status()).toMatchObject([
      {
        entries: 100,
        checkedAt: '2026-01-31T03:00:00.000Z',
        error: typeof error === 'string' ? error : (expect.stringMatching(error) as string),
      },
    ]);
    // Asks again before the next refresh, but not at once.
    const asked = server.requests.length;
    await look(59_000);
    expect(server.requests).toHaveLength(asked);
    server.behave(serve(lines(101)));
    expect(await look(1000)).toMatchObject({ addresses: 101 });
    expect(desk.status()).toMatchObject([{ entries: 101, error: null }]);
  });

  it('asks ever later while a list fails, and no sooner than its server wants', async () => {
    const { desk, look } = setUp();
    server.behave(refuse(500));
    desk.take({ commit: 'a', groups: [groupOf([listed()])] });
    await look();
    const minutes: number[] = [];
    for (let minute = 1; minute <= 63; minute++) {
      const before = server.requests.length;
      await look(60_000);
      if (server.requests.length > before) minutes.push(minute);
    }
    expect(minutes).toEqual([1, 3, 7, 15, 31, 63]);
    server.behave(refuse(429, { 'retry-after': '7200' }));
    await look(hourMs);
    const before = server.requests.length;
    await look(2 * hourMs - 1);
    expect(server.requests).toHaveLength(before);
    await look(1);
    expect(server.requests).toHaveLength(before + 1);
  });

  it('builds without a list that never came', async () => {
    const { desk, look } = setUp({ 'own.txt': '45.1.0.0/16\n' });
    server.behave(refuse(500));
    const own = listed({ name: 'own', origin: { path: 'own.txt' } });
    desk.take({ commit: 'a', groups: [groupOf([listed(), own])] });
    expect(await look()).toMatchObject({ feeds: [{ name: 'own', entries: 1 }] });
    expect(desk.status()).toMatchObject([
      { name: 'listed', entries: null, error: 'the server answered 500' },
      {},
    ]);
  });

  it('reads a file anew with each revision, and says where it cannot', async () => {
    const { desk, world, look } = setUp({ 'own.txt': '45.1.0.1\n' });
    const groups = [groupOf([listed({ name: 'own', origin: { path: 'own.txt' } })])];
    desk.take({ commit: 'a', groups });
    const first = await look();
    desk.take({ commit: 'b', groups });
    expect(await look(1000)).toEqual(first);
    world.files = { 'own.txt': '45.1.0.2\n' };
    desk.take({ commit: 'c', groups });
    const third = await look();
    expect(third?.digest).not.toBe(first?.digest);
    world.files = {};
    desk.take({ commit: 'd', groups });
    expect(await look()).toEqual(third);
    expect(desk.status()).toMatchObject([{ error: 'commit d has no file own.txt' }]);
  });

  it('sends a key that the policy may have, and asks for nothing without it', async () => {
    const { desk, world, look } = setUp();
    server.behave(serve('45.0.0.1\n'));
    const auth = { header: 'Auth-Key', secret: 'env:KEY' };
    const groups = [groupOf([listed({ origin: { url: server.url, refreshMs: hourMs, auth } })])];
    desk.take({ commit: 'a', groups });
    await look();
    expect(desk.status()).toMatchObject([{ error: 'the secret env:KEY is missing or empty' }]);
    world.secrets = { 'env:KEY': 'line\nbreak' };
    await look(60_000);
    expect(desk.status()).toMatchObject([
      { error: 'the secret env:KEY has characters that no header can have' },
    ]);
    expect(server.requests).toEqual([]);
    world.secrets = { 'env:KEY': 'the key' };
    expect(await look(120_000)).toMatchObject({ addresses: 1 });
    expect(server.requests).toMatchObject([{ 'auth-key': 'the key' }]);
  });

  it('publishes what a person changed at once, and lists that changed every five minutes', async () => {
    const { desk, world, look } = setUp({ 'own.txt': '45.1.0.1\n' });
    const feed = listed({ origin: { url: server.url, refreshMs: 60_000, auth: null } });
    server.behave(serve('45.0.0.1\n'));
    desk.take({ commit: 'a', groups: [groupOf([feed])] });
    await look();
    expect(world.publications).toBe(1);
    for (let minute = 1; minute <= 5; minute++) {
      server.behave(serve(lines(minute + 1)));
      await look(60_000);
      expect(world.publications).toBe(minute < 5 ? 1 : 2);
    }
    expect(world.published).toEqual(desk.indicatorsOf('web'));
    desk.take({ commit: 'b', groups: [groupOf([{ ...feed, action: 'drop' }])] });
    await look();
    expect([world.publications, world.published?.feeds[0]?.action]).toEqual([3, 'drop']);
  });

  it('keeps only the sets that a bundle names or will name', async () => {
    const { desk, look } = setUp();
    desk.take({ commit: 'a', groups: [groupOf([listed()])] });
    for (let round = 1; round <= 4; round++) {
      server.behave(serve(lines(round)));
      await look(hourMs);
    }
    expect(readdirSync(join(folder.path, 'indicators'))).toHaveLength(1);
    desk.take({ commit: 'b', groups: [groupOf([])] });
    expect(await look()).toBeUndefined();
  });

  it('takes another address for another list, of any size', async () => {
    const { desk, look } = setUp();
    server.behave(serve(lines(1000)));
    desk.take({ commit: 'a', groups: [groupOf([listed()])] });
    await look();
    server.behave(serve(lines(100), '"1000"'));
    const other = { url: `${server.url}/other`, refreshMs: hourMs, auth: null };
    desk.take({ commit: 'b', groups: [groupOf([listed({ origin: other })])] });
    expect(await look()).toMatchObject({ addresses: 100 });
    expect(server.requests.at(-1)).not.toHaveProperty('if-none-match');
  });

  it('takes a valid empty list, and then has no set', async () => {
    const { desk, look } = setUp();
    server.behave(serve('45.0.0.1\n'));
    desk.take({ commit: 'a', groups: [groupOf([listed({ allowEmpty: true })])] });
    expect(await look()).toBeDefined();
    server.behave(serve(''));
    expect(await look(hourMs)).toBeUndefined();
    expect(desk.status()).toMatchObject([{ entries: 0, error: null }]);
  });

  it('does not give a published set up for a list that only cannot be had', async () => {
    const { desk, look } = setUp();
    const indicators = { digest: `sha256:${'a'.repeat(64)}`, bytes: 1, addresses: 1, prefixes: 0, feeds: [] };
    desk.resume([{ group: 'web', indicators } as unknown as Parameters<FeedDesk['resume']>[0][number]]);
    server.behave(refuse(500));
    desk.take({ commit: 'a', groups: [groupOf([listed()])] });
    expect(await look()).toEqual(indicators);
    server.behave(serve('45.0.0.1\n'));
    expect((await look(60_000))?.digest).not.toBe(indicators.digest);
  });

  it('ends a round for a policy that is no longer in force', async () => {
    const { desk, look } = setUp();
    server.behave(stall('45.0.0.1\n'));
    desk.take({ commit: 'a', groups: [groupOf([listed()])] });
    const looking = look();
    desk.take({ commit: 'b', groups: [groupOf([])] });
    await looking;
    expect(await look()).toBeUndefined();
    expect(desk.status()).toEqual([]);
  });

  it('keeps a set that is in force where the next cannot be built', async () => {
    const { desk, look } = setUp();
    server.behave(serve('45.0.0.1\n'));
    desk.take({ commit: 'a', groups: [groupOf([listed()])] });
    const first = await look();
    // Each /16 of IPv6 takes 65,536 keys: 129 are more than a set may have.
    const wide = Array.from({ length: 129 }, (_, index) => `2${(0x400 + index).toString(16)}::/16\n`);
    server.behave(serve(wide.join('')));
    expect(await look(hourMs)).toEqual(first);
    expect(desk.status()).toMatchObject([
      { error: expect.stringMatching(/^the set of web: .*keys/) as string },
    ]);
  });
});
