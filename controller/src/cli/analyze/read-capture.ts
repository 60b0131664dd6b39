/**
 * Reads a capture from a file or from standard input, piece by piece, and unpacks gzip on the way.
 *
 * Promises: never more than a few MiB held, however large a file is or becomes when it is unpacked; a packed file that
 * breaks off or is damaged gives what lies before that place, and says so.
 */
import { createReadStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { TidegateError } from '@tidegate/schemas';
import { reasonOf } from '../../ports.ts';

const chunkBytes = 1024 * 1024;
/** What was unpacked is handed out in pieces of this size; where the data is damaged the last one is lost. */
const unpackedBytes = 64 * 1024;

export interface ReadOutcome {
  readonly isGzip: boolean;
  /** Why the file ended before its time; null where it did not. */
  readonly cut: string | null;
}

/**
 * Hands out the unpacked bytes in order; a piece is valid until the call returns. A file that cannot be read is an error
 * TG5003.
 *
 * @param path `-` for standard input.
 */
export async function readCapture(path: string, take: (chunk: Uint8Array) => void): Promise<ReadOutcome> {
  const input = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: chunkBytes });
  let unpacker: ReturnType<typeof unpack> | null = null;
  let isFirst = true;
  try {
    for await (const piece of input) {
      const chunk = piece as Uint8Array;
      if (isFirst && chunk[0] === 0x1f && chunk[1] === 0x8b) unpacker = unpack(take);
      isFirst = false;
      if (unpacker === null) take(chunk);
      else if (!(await unpacker.write(chunk))) break;
    }
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause;
    throw new TidegateError('TG5003', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  return { isGzip: unpacker !== null, cut: unpacker === null ? null : await unpacker.end() };
}

/** Members that were put one behind the other are one file (RFC 1952, section 2.2). */
function unpack(take: (chunk: Uint8Array) => void) {
  const gunzip = createGunzip({ chunkSize: unpackedBytes });
  let problem: NodeJS.ErrnoException | null = null;
  gunzip.on('data', (chunk: Uint8Array) => {
    try {
      take(chunk);
    } catch (error) {
      gunzip.destroy(error as Error);
    }
  });
  gunzip.on('error', (error) => (problem = error));
  const failed = (): string | null => {
    if (problem instanceof TidegateError) throw problem;
    if (problem === null) return null;
    return problem.code === 'Z_BUF_ERROR'
      ? 'the gzip data breaks off'
      : `the gzip data is damaged (${problem.message})`;
  };
  return {
    /** False once nothing more can be unpacked. */
    write: async (chunk: Uint8Array): Promise<boolean> => {
      await new Promise<void>((resolve) => {
        gunzip.once('close', resolve);
        gunzip.write(chunk, () => {
          gunzip.off('close', resolve);
          resolve();
        });
      });
      return failed() === null;
    },
    end: async (): Promise<string | null> => {
      const before = failed();
      if (before !== null) return before;
      gunzip.end();
      await finished(gunzip).catch(() => undefined);
      return failed();
    },
  };
}
