/** Reads a recording from a file, piece by piece, so that its length does not matter. */
import { closeSync, openSync, readSync } from 'node:fs';
import { TidegateError } from '@tidegate/schemas';
import { RecordingReader } from '../../engine/recording/index.ts';
import type { RecordedWindow, RecordingHeader } from '../../engine/recording/index.ts';

export interface Recording {
  readonly header: RecordingHeader;
  /** In order; can be walked once. */
  readonly windows: Iterable<RecordedWindow>;
}

const chunkBytes = 65_536;

/** Opens a recording. A file that cannot be read is an error TG5003; a wrong line one that names file and line. */
export function readRecording(path: string): Recording {
  const reader = new RecordingReader(path);
  const windows = windowsOf(path, reader);
  // The header is known before the first window; a recording may have none.
  const first = windows.next();
  const { header } = reader;
  if (header === null) throw new TidegateError('TG1014', `${path}:1: there is no header`);
  return { header, windows: continued(first, windows) };
}

function* continued(
  first: IteratorResult<RecordedWindow>,
  rest: Generator<RecordedWindow>,
): Generator<RecordedWindow> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

function* windowsOf(path: string, reader: RecordingReader): Generator<RecordedWindow> {
  const file = open(path);
  try {
    for (let chunk = read(path, file); chunk.length > 0; chunk = read(path, file)) yield* reader.push(chunk);
    yield* reader.end();
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new TidegateError('TG5003', `The recording ${path} cannot be opened.`, { cause });
  }
}

function read(path: string, file: number): Buffer {
  const chunk = Buffer.alloc(chunkBytes);
  try {
    return chunk.subarray(0, readSync(file, chunk));
  } catch (cause) {
    throw new TidegateError('TG5003', `The recording ${path} cannot be read.`, { cause });
  }
}
