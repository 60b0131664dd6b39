import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { TidegateError } from '@tidegate/schemas';

export interface StateLock {
  release(): Promise<void>;
}

/**
 * Holds the state folder for this process; throws TG3012 while another one holds it.
 *
 * The lock is an abstract socket (unix(7)): the kernel lets go of it with the process, so that a crash leaves nothing
 * to clean up. It does not reach across network namespaces or machines; there the audit repository's compare-and-swap
 * still keeps two controllers from writing over each other.
 */
export async function lockStateDir(path: string): Promise<StateLock> {
  const name = createHash('sha256').update(realpathSync(path)).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new TidegateError('TG3012', `another controller works on stateDir ${path}`, { cause }));
    });
    server.listen(`\0tidegate-controller-${name}`, resolve);
  });
  return {
    release: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}
