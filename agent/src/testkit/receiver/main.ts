/**
 * A receiver of notifications, good and bad: `/ok` takes them, `/fail` answers 500, `/hang` never answers. Every request
 * becomes a line of JSON on stdout: path, wall time in ms, headers, body.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { url: path, headers } = request;
    process.stdout.write(`${JSON.stringify({ path, atMs: Date.now(), headers, body })}\n`);
    if (path === '/hang') return;
    response.writeHead(path === '/fail' ? 500 : 202).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`receiving on ${String((server.address() as AddressInfo).port)}\n`);
});
