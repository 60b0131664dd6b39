/** Legitimate clients in a namespace of their own: pings and new TCP connections, each attempt on record. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Attempt } from './attempt.ts';

export { lossOf } from './attempt.ts';
export type { Attempt, Loss } from './attempt.ts';

export interface ClientsOptions {
  /** Name of the network namespace. */
  readonly namespace: string;
  readonly targets: readonly { readonly address: string; readonly port: number }[];
  /** Between two attempts of a kind to a target, ms. @default 10 */
  readonly intervalMs?: number;
}

/** Starts the clients; `stop` ends them and gives every attempt. Rejects when the process fails. */
export async function startClients(
  options: ClientsOptions,
): Promise<{ stop(): Promise<Attempt[]>; kill(): void }> {
  const main = fileURLToPath(new URL('../../../dist/testkit/clients/main.js', import.meta.url));
  const task = JSON.stringify({ targets: options.targets, intervalMs: options.intervalMs ?? 10 });
  const child = spawn('nsenter', [`--net=/run/netns/${options.namespace}`, process.execPath, main, task], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      complaints += chunk;
      if (complaints.includes('clients are running')) resolve();
    });
    void ended.then(() => {
      reject(new Error(`the clients did not start: ${complaints}`));
    });
  });
  return {
    stop: async () => {
      child.stdin.end();
      const code = await ended;
      if (code !== 0) throw new Error(`the clients failed (${String(code)}): ${complaints}`);
      return JSON.parse(output) as Attempt[];
    },
    kill: () => child.kill('SIGKILL'),
  };
}
