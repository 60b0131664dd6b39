/** Starts a receiver of notifications on the loopback of a namespace. */
import { fileURLToPath } from 'node:url';
import type { Notification } from '@tidegate/schemas';
import { startProcess } from '../process.ts';

export interface Received {
  readonly path: '/ok' | '/fail' | '/hang';
  readonly atMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly notification: Notification;
}

export interface Receiver {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  received(): Received[];
  stop(): Promise<unknown>;
}

// Built code: the process has no loader for TypeScript.
const main = fileURLToPath(new URL('../../../dist/testkit/receiver/main.js', import.meta.url));

export async function startReceiver(namespace: string): Promise<Receiver> {
  const running = await startProcess({
    name: 'the receiver',
    command: process.execPath,
    args: [main],
    namespace,
    ready: /receiving on (\d+)/,
  });
  return {
    url: `http://127.0.0.1:${running.ready?.[1] ?? ''}`,
    received: () =>
      running
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => {
          const { body, ...rest } = JSON.parse(line) as Omit<Received, 'notification'> & { body: string };
          return { ...rest, notification: JSON.parse(body) as Notification };
        }),
    stop: async () => await running.stop(),
  };
}
