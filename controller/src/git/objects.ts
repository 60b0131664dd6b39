import { spawn } from 'node:child_process';
import { hardenedEnvironment } from './environment.ts';
import { GitError } from './run.ts';

export interface Blob {
  readonly id: string;
  readonly data: Buffer;
}

const newline = 0x0a;

/**
 * The contents of blobs, in the order of their ids, through one `git cat-file --batch` process. One blob is held in
 * memory at a time. Throws a GitError where an object is missing or broken.
 */
export async function* readBlobs(gitDir: string, ids: readonly string[]): AsyncGenerator<Blob, void> {
  if (ids.length === 0) return;
  const child = spawn('git', ['cat-file', '--batch'], { env: hardenedEnvironment(gitDir), stdio: 'pipe' });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk.slice(0, 2000)));
  child.stdin.on('error', () => undefined);
  child.on('error', (cause) => child.stdout.destroy(new GitError('cat-file', null, cause.message)));
  child.stdin.end(ids.map((id) => `${id}\n`).join(''));
  try {
    const reader = new ChunkReader(child.stdout);
    for (const id of ids) {
      const header = (await reader.line())?.split(' ');
      const sizeBytes = Number(header?.[2]);
      if (header?.[1] !== 'blob' || !Number.isSafeInteger(sizeBytes)) {
        throw new GitError('cat-file', null, `${id}: ${header?.slice(1).join(' ') ?? said}`);
      }
      const data = await reader.bytes(sizeBytes + 1);
      if (data === null) throw new GitError('cat-file', null, `${id}: cut short. ${said}`);
      yield { id, data: data.subarray(0, sizeBytes) };
    }
  } finally {
    child.kill();
  }
}

/** Cuts a stream into lines and runs of bytes. */
class ChunkReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next line without its newline, or null at the end. */
  async line(): Promise<string | null> {
    let end = this.#rest.indexOf(newline);
    while (end < 0) {
      if (!(await this.#more())) return null;
      end = this.#rest.indexOf(newline);
    }
    const text = this.#rest.toString('utf8', 0, end);
    this.#rest = this.#rest.subarray(end + 1);
    return text;
  }

  /** Exactly this many bytes, or null when the stream ends before. */
  async bytes(count: number): Promise<Buffer | null> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < count) {
      const next = await this.#chunks.next();
      if (next.done === true) return null;
      parts.push(next.value);
      have += next.value.length;
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    return true;
  }
}
