/** Reads a recording from a file, line by line, so that its length does not matter. */
import { closeSync, openSync, readSync } from 'node:fs';
import { TidegateError } from '@tidegate/schemas';
import { parseHeader, parseWindow } from '../../engine/recording/index.ts';
import type { RecordingHeader, RecordingWindow } from '../../engine/recording/index.ts';

export interface Recording {
  readonly header: RecordingHeader;
  /** In order; can be walked once. */
  readonly windows: Iterable<RecordingWindow>;
}

const chunkBytes = 65_536;
/** A window with as many targets and samples as the shape allows stays below. */
const lineBytesMax = 64 * 1024 * 1024;

/** Opens a recording. A file that cannot be read is an error TG5003; a wrong line one that names file and line. */
export function readRecording(path: string): Recording {
  const lines = numberedLines(path);
  const first = lines.next();
  if (first.done === true)
    throw new TidegateError('TG1014', `${path}:1: the file is empty; a recording begins with its header`);
  const header = atLine(path, first.value.number, () => parseHeader(first.value.text));
  return { header, windows: windowsOf(path, header, lines) };
}

function* windowsOf(
  path: string,
  header: RecordingHeader,
  lines: Generator<Line>,
): Generator<RecordingWindow> {
  let beforeMs = -Infinity;
  for (const { number, text } of lines) {
    yield atLine(path, number, () => {
      const window = parseWindow(text, header);
      if (window.atMs <= beforeMs)
        throw new TidegateError('TG1014', `/atMs: ${window.atMs} is not after ${beforeMs}`);
      beforeMs = window.atMs;
      return window;
    });
  }
}

function atLine<Value>(path: string, line: number, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    throw new TidegateError(error.code, `${path}:${line}: ${error.message}`, { cause: error });
  }
}

interface Line {
  readonly number: number;
  readonly text: string;
}

function* numberedLines(path: string): Generator<Line> {
  const file = open(path);
  try {
    let rest = Buffer.alloc(0);
    let number = 1;
    for (let chunk = read(path, file); chunk.length > 0; chunk = read(path, file)) {
      rest = Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = rest.indexOf(0x0a, start); end >= 0; end = rest.indexOf(0x0a, start)) {
        yield { number, text: rest.toString('utf8', start, end) };
        start = end + 1;
        number += 1;
      }
      rest = rest.subarray(start);
      if (rest.length > lineBytesMax)
        throw new TidegateError('TG1014', `${path}:${number}: the line is longer than ${lineBytesMax} bytes`);
    }
    if (rest.length > 0) yield { number, text: rest.toString('utf8') };
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
