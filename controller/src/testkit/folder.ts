import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControllerConfig } from '@tidegate/schemas';

export const joinToken = 'a-join-token-for-tests';

export interface TestFolder {
  readonly path: string;
  /** A configuration whose repositories and state lie in this folder. */
  config(changes?: Partial<ControllerConfig>): ControllerConfig;
  remove(): void;
}

/** A temporary folder, `tg-PID-…`, for one test. */
export function testFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), `tg-${process.pid}-`));
  writeFileSync(join(path, 'join-token'), `${joinToken}\n`);
  return {
    path,
    config: (changes = {}) => ({
      schema: 'tidegate/controller-config/v1',
      stateDir: join(path, 'state'),
      listen: { host: '127.0.0.1', port: 0 },
      policy: { repository: join(path, 'policy'), pollSeconds: 0.2 },
      audit: { repository: join(path, 'audit.git'), flushMs: 10 },
      joinToken: `file:${join(path, 'join-token')}`,
      logLevel: 'silent',
      ...changes,
    }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
