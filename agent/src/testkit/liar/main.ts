/** The lying controller's process. Argument 1 is its options as JSON; each answer is told on standard output. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { LiarOptions } from './index.ts';
import { lies } from './lies.ts';

const { host, port, tls, lies: names } = JSON.parse(process.argv[2] ?? '') as LiarOptions;
const told = new Map<string, number>();
const options = { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
createServer(options, (request, response) => {
  const route = request.url ?? '';
  const count = told.get(route) ?? 0;
  told.set(route, count + 1);
  request.resume().once('end', () => {
    lies[names[count % names.length]!](response);
    process.stdout.write(`answered ${route}\n`);
  });
}).listen(port, host, () => process.stdout.write('it listens\n'));
