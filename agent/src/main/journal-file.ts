/**
 * The journal on disk, so that `explain` knows after a restart what was done before it. Written beside the ticks, at
 * most once a second; what a crash takes of it is in the audit log all the same.
 */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal } from '../engine/explain/index.ts';
import type { Log } from '../ports.ts';
import { readJson } from '../state/files.ts';

const everyNs = 1e9;

export class JournalFile {
  readonly journal = new Journal();
  readonly #path: string;
  readonly #log: Log;
  #savedVersion: number;
  #savedAtNs = -Infinity;
  #saving: Promise<void> | null = null;
  #isFailing = false;

  constructor(stateDir: string, log: Log) {
    this.#path = join(stateDir, 'journal.json');
    this.#log = log;
    this.journal.restore(readJson(this.#path));
    this.#savedVersion = this.journal.version;
  }

  /** Call it every tick. */
  tick(atNs: number): void {
    if (this.#saving !== null || atNs - this.#savedAtNs < everyNs) return;
    if (this.journal.version === this.#savedVersion) return;
    this.#savedAtNs = atNs;
    this.#saving = this.#save().finally(() => {
      this.#saving = null;
    });
  }

  async close(): Promise<void> {
    await this.#saving;
    if (this.journal.version !== this.#savedVersion) await this.#save();
  }

  async #save(): Promise<void> {
    const { version } = this.journal;
    try {
      await writeFile(`${this.#path}.tmp`, JSON.stringify(this.journal.snapshot()), { mode: 0o600 });
      await rename(`${this.#path}.tmp`, this.#path);
      this.#savedVersion = version;
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing)
        this.#log.warn('explanations cannot be kept for the next start', { reason: String(error) });
      this.#isFailing = true;
    }
  }
}
