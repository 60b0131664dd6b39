/**
 * Both ends of the connections that are counted, each a process of its own. Argument 1 is JSON.
 *
 * `{ serve: port }` answers each request and closes. `{ connect: { address, port, connections, intervalMs, limitMs } }`
 * opens connections one after another, whether those before are done or not, and prints `{ attempts, succeeded }`.
 */
import { connect, createServer } from 'node:net';

export interface ConnectTask {
  readonly address: string;
  readonly port: number;
  readonly connections: number;
  readonly intervalMs: number;
  /** For the whole of it: connect, ask, be answered. */
  readonly limitMs: number;
}

export interface ConnectResult {
  readonly attempts: number;
  readonly succeeded: number;
}

const answer = 'this is the server\n';

function serve(port: number): void {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(answer));
  });
  server.listen({ port, host: '::', backlog: 4096 }, () => process.stdout.write('the server listens\n'));
}

async function succeeds({ address, port, limitMs }: ConnectTask): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const socket = connect({ host: address, port });
    let text = '';
    const finish = (): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(text === answer);
    };
    const limit = setTimeout(finish, limitMs);
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.on('connect', () => socket.write('a request\n'));
    socket.on('end', finish).on('error', finish);
  });
}

async function connectAll(task: ConnectTask): Promise<ConnectResult> {
  const attempts: Promise<boolean>[] = [];
  while (attempts.length < task.connections) {
    attempts.push(succeeds(task));
    await new Promise((resolve) => setTimeout(resolve, task.intervalMs));
  }
  const results = await Promise.all(attempts);
  return { attempts: results.length, succeeded: results.filter(Boolean).length };
}

const task = JSON.parse(process.argv[2] ?? '{}') as { serve?: number; connect?: ConnectTask };
if (task.serve !== undefined) serve(task.serve);
if (task.connect !== undefined) {
  const result = await connectAll(task.connect);
  process.stdout.write(`result ${JSON.stringify(result)}\n`);
}
