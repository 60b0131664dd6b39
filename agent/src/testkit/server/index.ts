/** What the clients connect to. */
import { fileURLToPath } from 'node:url';
import { startProcess } from '../process.ts';
import type { RunningProcess } from '../process.ts';

/** Starts a TCP server on every address of a namespace. */
export async function startServer(namespace: string, port: number): Promise<RunningProcess> {
  const main = fileURLToPath(new URL('../../../dist/testkit/server/main.js', import.meta.url));
  return await startProcess({
    name: 'the server',
    command: process.execPath,
    args: [main, String(port)],
    namespace,
    ready: /the server listens/,
  });
}
