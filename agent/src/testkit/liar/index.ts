/** A controller that cannot be trusted: it answers at once, and never what it should. */
import { fileURLToPath } from 'node:url';
import { startProcess } from '../process.ts';
import type { LieName } from './lies.ts';

export interface LiarOptions {
  /** What each route is told, in turn and over again. */
  readonly lies: readonly LieName[];
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string };
}

export interface Liar {
  /** How often each route was answered. */
  answered(): Record<string, number>;
  readonly stop: () => Promise<void>;
}

/** Starts it in a namespace, in the place of a controller. */
export async function startLiar(options: LiarOptions, namespace: string): Promise<Liar> {
  const main = fileURLToPath(new URL('../../../dist/testkit/liar/main.js', import.meta.url));
  const running = await startProcess({
    name: 'the lying controller',
    command: process.execPath,
    args: [main, JSON.stringify(options)],
    namespace,
    ready: /it listens/,
  });
  return {
    answered: () => {
      const counts: Record<string, number> = {};
      for (const [, route = ''] of running.output().matchAll(/^answered (\S+)$/gm))
        counts[route] = (counts[route] ?? 0) + 1;
      return counts;
    },
    stop: async () => {
      await running.stop('SIGKILL');
    },
  };
}
