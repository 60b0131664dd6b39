import { once } from 'node:events';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { indicatorsPath, type TidegateError } from '@tidegate/schemas';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IndicatorSets } from '../feeds/index.ts';
import { testFolder, type TestFolder } from '../testkit/index.ts';
import { indicatorsRoute } from './indicators-route.ts';
import { sendProblem } from './problem.ts';

const within = { timeout: 3000, interval: 20 };

describe('GET /v1/indicators/DIGEST', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  let folder: TestFolder;
  let app: FastifyInstance;
  let url: string;
  const held: ClientRequest[] = [];
  beforeEach(async () => {
    folder = testFolder();
    const indicators = new IndicatorSets(folder.path);
    mkdirSync(indicators.folder);
    const file = join(indicators.folder, `${'a'.repeat(64)}.tgi`);
    writeFileSync(file, '');
    // Larger than what the buffers of a connection hold.
    truncateSync(file, 64 * 2 ** 20);
    app = Fastify({ forceCloseConnections: 'idle' });
    app.setErrorHandler((error, _, reply) => sendProblem(reply, error as TidegateError));
    indicatorsRoute(app, { indicators, downloadsMax: 3 });
    url = new URL(indicatorsPath(digest), await app.listen({ host: '127.0.0.1', port: 0 })).href;
  });
  afterEach(async () => {
    letGo();
    await app.close();
    folder.remove();
  });
  const letGo = (): void => {
    for (const request of held.splice(0)) request.destroy();
  };
  const hold = async (): Promise<number> => {
    const request = get(url, { agent: false });
    held.push(request);
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response.statusCode ?? 0;
  };

  it('says how large a set is, and that it never changes', async () => {
    const { status, headers, body } = await fetch(url);
    await body?.cancel();
    expect([status, headers.get('content-length'), headers.get('etag')]).toEqual([
      200,
      String(64 * 2 ** 20),
      `"${digest}"`,
    ]);
    expect(headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
  });

  it('has nothing under another digest', async () => {
    const { status } = await fetch(url.replace(/a$/, 'b'));
    expect(status).toBe(404);
  });

  it('serves a bounded number of downloads at a time', async () => {
    expect([await hold(), await hold(), await hold(), await hold()]).toEqual([200, 200, 200, 503]);
    letGo();
    await vi.waitFor(async () => expect(await hold()).toBe(200), within);
  });

  it('does not wait for a slow download when the controller ends', async () => {
    expect(await hold()).toBe(200);
    await app.close();
  });
});
