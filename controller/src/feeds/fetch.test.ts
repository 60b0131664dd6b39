import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchList, type ListAnswer, type ListRequest } from './fetch.ts';
import { cut, refuse, serve, stall, startListServer, type ListServer } from './testkit/list-server.ts';

let server: ListServer;
beforeEach(async () => {
  server = await startListServer();
});
afterEach(() => server.close());

const ask = (changes: Partial<ListRequest> = {}): Promise<ListAnswer> =>
  fetchList({ url: server.url, headers: {}, validators: null, timeoutMs: 2000, ...changes });

async function textOf(answer: ListAnswer): Promise<string> {
  if (answer.kind !== 'list') throw new Error(JSON.stringify(answer));
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.chunks) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('fetchList', () => {
  it('gives the list, and what tells it from another one', async () => {
    server.behave((_, response) => {
      const modified = 'Sat, 31 Jan 2026 03:04:05 GMT';
      response.writeHead(200, { etag: 'W/"7"', 'last-modified': modified }).end('45.0.0.1\n');
    });
    const answer = await ask({ headers: { 'Auth-Key': 'key' } });
    expect(answer).toMatchObject({
      validators: { etag: 'W/"7"', lastModified: 'Sat, 31 Jan 2026 03:04:05 GMT' },
    });
    expect(await textOf(answer)).toBe('45.0.0.1\n');
    expect(server.requests).toMatchObject([{ 'auth-key': 'key', 'user-agent': 'tidegate' }]);
    expect(server.requests[0]).not.toHaveProperty('if-none-match');
  });

  it('waits for who reads late, though nothing else holds the answer', async () => {
    server.behave(serve('45.0.0.1\n'));
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const answer = await ask();
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await textOf(answer)).toBe('45.0.0.1\n');
  });

  it('asks for nothing that it has', async () => {
    server.behave(serve('45.0.0.1\n', '"7"'));
    const validators = { etag: '"7"', lastModified: 'Sat, 31 Jan 2026 03:04:05 GMT' };
    expect(await ask({ validators })).toEqual({ kind: 'unchanged' });
    expect(server.requests[0]).toMatchObject({ 'if-modified-since': 'Sat, 31 Jan 2026 03:04:05 GMT' });
    expect(await textOf(await ask({ validators: { etag: '"6"', lastModified: null } }))).toBe('45.0.0.1\n');
  });

  it.each([
    [500, {}, 'the server answered 500', null],
    [304, {}, 'the server answered 304', null],
    [429, { 'retry-after': '120' }, 'the server answered 429', 120_000],
    [503, { 'retry-after': '99999999' }, 'the server answered 503', 86_400_000],
    [503, { 'retry-after': 'soon' }, 'the server answered 503', null],
    [
      302,
      { location: 'https://elsewhere.example/' },
      'the server answered 302 and names "https://elsewhere.example/"; write the final address into the policy',
      null,
    ],
  ])('calls %i a failure', async (status, headers, reason, retryAfterMs) => {
    server.behave(refuse(status, headers));
    expect(await ask()).toEqual({ kind: 'failed', reason, retryAfterMs });
  });

  it('says why nobody answers, and never under which address', async () => {
    await server.close();
    const answer = await ask({ url: `${server.url}?key=secret` });
    expect(answer).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('breaks off what breaks off, and what takes too long', async () => {
    server.behave(cut('45.0.0.1\n'));
    await expect(ask().then(textOf)).rejects.toThrow(/terminated|other side closed|aborted/);
    server.behave(stall('45.0.0.1\n'));
    await expect(ask({ timeoutMs: 100 }).then(textOf)).rejects.toThrow('it took longer than 100 ms');
    server.behave(() => undefined);
    expect(await ask({ timeoutMs: 100 })).toMatchObject({ reason: 'it took longer than 100 ms' });
  });
});
