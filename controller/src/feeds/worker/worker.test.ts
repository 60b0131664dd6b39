import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testFolder, type TestFolder } from '../../testkit/index.ts';
import type { FeedJob } from '../job.ts';
import { serve, stall, startListServer, type ListServer } from '../testkit/list-server.ts';
import { runInThread } from './index.ts';

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

const job = (): FeedJob => ({
  stateDir: folder.path,
  now: '2026-01-31T03:04:05.678Z',
  protect: [],
  feeds: [
    {
      name: 'listed',
      format: 'plain',
      allowEmpty: false,
      shrinkShareMin: 0.5,
      growthMax: 3,
      origin: server.url,
      state: null,
      input: {
        kind: 'fetch',
        request: { url: server.url, headers: {}, validators: null, timeoutMs: 60_000 },
      },
    },
  ],
  sets: [
    {
      group: 'web',
      feeds: [{ name: 'listed', action: 'count', credit: null }],
      safelist: [],
      builtFrom: null,
    },
  ],
});

describe('runInThread', () => {
  it('does a round and gives its result', async () => {
    server.behave(serve('45.0.0.1\n'));
    const { signal } = new AbortController();
    expect(await runInThread(job(), signal)).toMatchObject({
      feeds: [{ name: 'listed', error: null, state: { entries: 1 } }],
      sets: [{ group: 'web', indicators: { addresses: 1 } }],
      faults: [],
    });
    expect(existsSync(join(folder.path, 'feeds', 'listed.feed'))).toBe(true);
  });

  it('ends at once when it is told to, in the middle of a list', async () => {
    server.behave(stall('45.0.0.1\n'));
    const controller = new AbortController();
    const round = runInThread(job(), controller.signal);
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    controller.abort(new Error('another policy is in force'));
    await expect(round).rejects.toThrow('another policy is in force');
    await expect(runInThread(job(), controller.signal)).rejects.toThrow('another policy is in force');
  });

  it('says what broke the round', async () => {
    const broken = { ...job(), stateDir: join(folder.path, 'join-token') };
    server.behave(serve('45.0.0.1\n'));
    await expect(runInThread(broken, new AbortController().signal)).rejects.toThrow('ENOTDIR');
  });
});
