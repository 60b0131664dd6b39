/**
 * Keeps what was learned of usual traffic on disk. Two files take turns, each written beside itself, fsynced and
 * renamed: whenever the process or the machine dies, the one before is whole. A damaged file is reported, and the other
 * one used.
 *
 * Nothing here waits for a disk on the caller's time: a chunk of some 64 kB is made, written in libuv's pool, and only
 * then the next one is made. A baseline of 16 MiB is about 10 MB on disk.
 */
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import { Baseline } from '../engine/baseline/index.ts';
import type { BaselineOptions } from '../engine/baseline/index.ts';

/** Leaves 15 s for a busy disk: a restart loses 60 s at most. */
const saveEveryMs = 45_000;
/** More than any baseline is on disk. */
const fileBytesMax = 256 * 1024 * 1024;
const headerForm = /^tidegate-baseline (\d{1,15})\n/;

/** What may fail, so that a test can let it. */
export interface BaselineDisk {
  readonly rename: typeof rename;
  readonly open: typeof open;
}

export interface LoadedBaseline {
  readonly baseline: Baseline;
  /** One sentence for each file that could not be used; the caller logs them. */
  readonly problems: readonly string[];
}

export class BaselineFile {
  readonly #directory: string;
  readonly #disk: BaselineDisk;
  #generation = 0;
  #savedRevision = 0;
  #savedMs = -Infinity;
  #saving: Promise<void> | null = null;

  constructor(directory: string, disk: BaselineDisk = { rename, open }) {
    this.#directory = directory;
    this.#disk = disk;
  }

  /** The newest baseline that is whole, an empty one where there is none. To be called once, before anything is saved. */
  async load(options: BaselineOptions): Promise<LoadedBaseline> {
    const problems: string[] = [];
    const found: { generation: number; bytes: Uint8Array; path: string }[] = [];
    for (const path of [this.#path(0), this.#path(1)]) {
      const read = await readGeneration(path, problems);
      if (read !== null) found.push({ ...read, path });
    }
    found.sort((a, b) => b.generation - a.generation);
    // Also that of a damaged file: it is the one to be overwritten last.
    this.#generation = found[0]?.generation ?? 0;
    for (const { generation, bytes, path } of found) {
      try {
        const baseline = Baseline.decode(bytes, options);
        this.#generation = generation;
        this.#savedRevision = baseline.revision;
        return { baseline, problems };
      } catch (error) {
        if (!(error instanceof TidegateError)) throw error;
        problems.push(`${path}: ${error.message}`);
      }
    }
    return { baseline: new Baseline(options), problems };
  }

  /**
   * Begins to save where 45 s have passed since the last time and something was learned; to be called with every tick.
   * One save at a time. What goes wrong is given to `onError`, and the next attempt comes 45 s later.
   */
  saveWhenDue(baseline: Baseline, monotonicMs: number, onError: (error: unknown) => void): void {
    if (this.#saving !== null || monotonicMs - this.#savedMs < saveEveryMs) return;
    if (baseline.revision === this.#savedRevision) return;
    this.#savedMs = monotonicMs;
    this.save(baseline).catch(onError);
  }

  /** Waits for a save that is under way. */
  async idle(): Promise<void> {
    await this.#saving?.catch(() => undefined);
  }

  /** Saves now, after a save that is under way. */
  async save(baseline: Baseline): Promise<void> {
    while (this.#saving !== null) await this.idle();
    this.#saving = this.#write(baseline).finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  async #write(baseline: Baseline): Promise<void> {
    const generation = this.#generation + 1;
    const revision = baseline.revision;
    const path = this.#path(generation % 2);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const file = await this.#disk.open(`${path}.tmp`, 'w', 0o600);
    try {
      await file.write(`tidegate-baseline ${generation}\n`);
      for (const chunk of baseline.encodeChunks()) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#disk.rename(`${path}.tmp`, path);
    await this.#syncDirectory();
    this.#generation = generation;
    this.#savedRevision = revision;
  }

  /** A rename is on disk once its folder is. */
  async #syncDirectory(): Promise<void> {
    const directory = await this.#disk.open(this.#directory, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  #path(turn: number): string {
    return join(this.#directory, `baseline.${turn}`);
  }
}

async function readGeneration(
  path: string,
  problems: string[],
): Promise<{ generation: number; bytes: Uint8Array } | null> {
  try {
    const { size } = await stat(path);
    if (size > fileBytesMax) {
      problems.push(`${path}: ${size} bytes are more than a baseline has`);
      return null;
    }
    const bytes = await readFile(path);
    const [header, generation] = headerForm.exec(bytes.toString('latin1', 0, 64)) ?? [];
    if (header !== undefined) return { generation: Number(generation), bytes: bytes.subarray(header.length) };
    problems.push(`${path}: it is not a saved baseline`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') problems.push(`${path}: ${String(error)}`);
  }
  return null;
}
