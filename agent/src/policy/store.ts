/**
 * The last good bundle on disk, and the one before it: `current.json`, `previous.json`.
 *
 * A bundle is staged and fsynced, then activated by the caller, and only then renamed into place; whatever fails on
 * the way leaves the last good one untouched. An agent boots and defends from here with the controller dead.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Log } from '../ports.ts';
import { writeDurably } from '../state/files.ts';
import { verifyBundle } from './verify.ts';
import type { VerifiedBundle } from './verify.ts';

/** The newest bundle in a folder that still verifies, null where there is none; changes nothing. */
export function readLastGood(
  directory: string,
  keys: ReadonlyMap<string, KeyObject>,
  log: Log,
): VerifiedBundle | null {
  for (const name of ['current.json', 'previous.json']) {
    const path = join(directory, name);
    if (!existsSync(path)) continue;
    try {
      const verdict = verifyBundle(JSON.parse(readFileSync(path, 'utf8')), keys);
      if (verdict.ok) return verdict.value;
      log.error('a bundle on disk does not verify and is passed over', { path, ...verdict.refusal });
    } catch (error) {
      log.error('a bundle on disk cannot be read and is passed over', { path, reason: String(error) });
    }
  }
  return null;
}

export class PolicyStore {
  readonly #directory: string;
  readonly #log: Log;

  constructor(directory: string, log: Log) {
    this.#directory = directory;
    this.#log = log;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** The newest bundle on disk that still verifies, null where there is none. */
  loadLastGood(keys: ReadonlyMap<string, KeyObject>): VerifiedBundle | null {
    return readLastGood(this.#directory, keys, this.#log);
  }

  /** Puts a verified bundle beside the current one, durably. */
  stage(offered: VerifiedBundle): void {
    writeDurably(this.#path('staged.json'), JSON.stringify(offered.signed));
  }

  /** Makes the staged bundle the current one. */
  commit(): void {
    if (existsSync(this.#path('current.json')))
      renameSync(this.#path('current.json'), this.#path('previous.json'));
    renameSync(this.#path('staged.json'), this.#path('current.json'));
    const directory = openSync(this.#directory, 'r');
    fsyncSync(directory);
    closeSync(directory);
  }

  discard(): void {
    rmSync(this.#path('staged.json'), { force: true });
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}
