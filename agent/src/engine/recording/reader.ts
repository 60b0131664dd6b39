/**
 * A recording from bytes as they come, in pieces of any size.
 *
 * Promises: memory is bounded by one line, of at most 64 MiB; windows come in order of time; whatever is wrong is one
 * error TG1014 that names the file and the line.
 */
import { TidegateError } from '@tidegate/schemas';
import type { RecordingEnd, RecordingHeader } from '@tidegate/schemas';
import type { RecordedWindow } from './decode.ts';
import { LineReader, parseHeader, textOf, wrong } from './lines.ts';

/** A window with as many targets and samples as the shape allows stays below. */
const lineBytesMax = 64 * 1024 * 1024;

const newline = 0x0a;

export class RecordingReader {
  readonly #name: string;
  /** The beginning of a line whose end has not come yet, in pieces. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #line = 0;
  #beforeNs = -Infinity;
  #header: RecordingHeader | null = null;
  #lines: LineReader | null = null;
  #end: RecordingEnd | null = null;

  /** @param name What messages call the recording, such as its path. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Null until its line has come; every window comes after it. */
  get header(): RecordingHeader | null {
    return this.#header;
  }

  /** What the agent says about the end; null where it did not come, or was never written. */
  get trailer(): RecordingEnd | null {
    return this.#end;
  }

  /** Lines that were read so far. */
  get lines(): number {
    return this.#line;
  }

  /** The windows that are complete with these bytes, which are not kept. */
  *push(bytes: Uint8Array): Generator<RecordedWindow> {
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const window = this.#read(this.#complete(bytes.subarray(start, end)));
      start = end + 1;
      if (window !== null) yield window;
    }
    if (start === bytes.length) return;
    this.#pieces.push(bytes.slice(start));
    this.#pieceBytes += bytes.length - start;
    if (this.#pieceBytes <= lineBytesMax) return;
    this.#line += 1;
    throw this.#at(wrong(`the line is longer than ${lineBytesMax} bytes`));
  }

  /** The last window, where its line has no line end. */
  *end(): Generator<RecordedWindow> {
    if (this.#pieceBytes > 0) {
      const window = this.#read(this.#complete(new Uint8Array()));
      if (window !== null) yield window;
    }
    if (this.#header !== null) return;
    this.#line = 1;
    throw this.#at(wrong('the file is empty; a recording begins with its header'));
  }

  /** A line with what came of it before. */
  #complete(last: Uint8Array): Uint8Array {
    if (this.#pieceBytes === 0) return last;
    const line = new Uint8Array(this.#pieceBytes + last.length);
    let at = 0;
    for (const piece of [...this.#pieces, last]) {
      line.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#pieceBytes = 0;
    return line;
  }

  #read(line: Uint8Array): RecordedWindow | null {
    this.#line += 1;
    try {
      return this.#understand(line);
    } catch (error) {
      throw error instanceof TidegateError ? this.#at(error) : error;
    }
  }

  #understand(line: Uint8Array): RecordedWindow | null {
    if (this.#lines === null) {
      this.#header = parseHeader(textOf(line));
      this.#lines = new LineReader(this.#header);
      return null;
    }
    if (this.#end !== null) throw wrong('the recording has ended with the line before');
    const next = this.#lines.read(line);
    if ('schema' in next) {
      this.#end = next;
      return null;
    }
    const { atNs } = next.reading;
    if (atNs <= this.#beforeNs) throw wrong(`/atMs: ${atNs / 1e6} is not after ${this.#beforeNs / 1e6}`);
    this.#beforeNs = atNs;
    return next;
  }

  #at(error: TidegateError): TidegateError {
    return new TidegateError(error.code, `${this.#name}:${this.#line}: ${error.message}`, { cause: error });
  }
}
