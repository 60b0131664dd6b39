/** Real requests on loopback: what each answer, and none, is taken for. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { post } from './transport.ts';

const open: http.Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function receiver(answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
}
const sending = async (url: string) => await post({ url, headers: { 'x-test': 'yes' }, body: '{"a":1}' });

describe('one request', () => {
  it('carries its body and headers', async () => {
    let seen = '';
    const url = await receiver((request, response) => {
      request.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      request.on('end', () => {
        seen += ` ${request.method} ${request.headers['content-type']} ${String(request.headers['x-test'])}`;
        response.writeHead(204).end();
      });
    });
    expect(await sending(url)).toEqual({ ok: true });
    expect(seen).toBe('{"a":1} POST application/json yes');
  });

  it.each([
    [429, { 'retry-after': '7' }, { isFinal: false, retryAfterMs: 7000 }],
    [429, { 'retry-after': 'soon' }, { isFinal: false, retryAfterMs: null }],
    [500, {}, { isFinal: false, retryAfterMs: null }],
    [503, {}, { isFinal: false, retryAfterMs: null }],
    [408, {}, { isFinal: false, retryAfterMs: null }],
    [301, { location: 'https://elsewhere.example/' }, { isFinal: true, retryAfterMs: null }],
    [400, {}, { isFinal: true, retryAfterMs: null }],
    [404, {}, { isFinal: true, retryAfterMs: null }],
  ])('status %d with %o is %o', async (status, headers, expected) => {
    const url = await receiver((_, response) => response.writeHead(status, headers).end('{}'));
    expect(await sending(url)).toEqual({ ok: false, reason: `the receiver answers ${status}`, ...expected });
  });

  it('an endless answer is not read', async () => {
    let written = 0;
    const url = await receiver((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) written += 65_536;
      };
      response.on('drain', more);
      more();
    });
    expect(await sending(url)).toEqual({ ok: true });
    const server = open[0]!;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        server.getConnections((_, count) => {
          if (count === 0) resolve();
          else setTimeout(check, 10);
        });
      };
      check();
    });
    expect(written).toBeLessThan(50e6);
  });

  it('rejects where nobody listens, and where the connection is closed', async () => {
    await expect(sending('http://127.0.0.1:1/')).rejects.toThrow(/ECONNREFUSED/);
    const url = await receiver((request) => request.socket.destroy());
    await expect(sending(url)).rejects.toThrow(/hang up|closed/);
  });
});
