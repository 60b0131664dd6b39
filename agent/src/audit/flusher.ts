/** Fsync behind the writer's back: one round at a time, a finished segment is closed only after its last fsync. */
import { close, fdatasync } from 'node:fs';
import { promisify } from 'node:util';

const sync = promisify(fdatasync);
/** The last close of a file that was removed waits for the disk. */
const letGo = promisify(close);

export class Flusher {
  #current: number | null = null;
  #retired: number[] = [];
  #running: Promise<void> | null = null;
  #again = false;

  /** The file that records go to now; the one before is closed once it is fsynced. */
  use(file: number | null): void {
    if (this.#current !== null) this.#retired.push(this.#current);
    this.#current = file;
  }

  /** Calls `mark` when a round begins and `done` with its result once everything written before it is fsynced. */
  flush(mark: () => number, done: (seq: number) => void, failed: (error: Error) => void): void {
    if (this.#running !== null) {
      this.#again = true;
      return;
    }
    const seq = mark();
    this.#running = this.#round()
      .then(() => {
        done(seq);
      }, failed)
      .finally(() => {
        this.#running = null;
        if (!this.#again) return;
        this.#again = false;
        this.flush(mark, done, failed);
      });
  }

  async #round(): Promise<void> {
    const retired = this.#retired.splice(0);
    try {
      for (const file of retired) await sync(file);
      if (this.#current !== null) await sync(this.#current);
    } finally {
      for (const file of retired) await letGo(file);
    }
  }

  /** Waits for the round that is under way, then closes every file. */
  async close(): Promise<void> {
    this.#again = false;
    while (this.#running !== null) await this.#running;
    for (const file of this.#retired.splice(0)) await letGo(file);
    if (this.#current !== null) await letGo(this.#current);
    this.#current = null;
  }
}
