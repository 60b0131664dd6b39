/**
 * Reads a feed piece by piece: cuts it into lines, hands them to the format, and keeps entries, rejects and what the
 * feed says about itself. Bounded in bytes, in the length of a line and in entries.
 */
import { IndicatorEntries, TidegateError } from '@tidegate/schemas';
import type { FeedFormat, FeedSink, LineReader } from './format.ts';

export const feedLimits = {
  entriesMax: 2_000_000,
  bytesMax: 256 * 1024 * 1024,
  /** Characters; what is longer is rejected as a line, not read. */
  lineCharactersMax: 4096,
  /** Rejects whose line and reason are kept. */
  examplesMax: 5,
} as const;

export interface RejectedLine {
  /** From 1. */
  readonly line: number;
  /** What is wrong, as the rest of a sentence that the line begins, or a sentence. */
  readonly reason: string;
}

export interface FeedReading {
  readonly entries: IndicatorEntries;
  readonly rejected: { readonly count: number; readonly examples: readonly RejectedLine[] };
  /** Rows about something else than an address. */
  readonly skipped: number;
  /** How many entries the feed says that it has; null where it does not. */
  readonly announced: number | null;
  readonly credit: string | null;
}

export class FeedParser {
  readonly #feed: string;
  readonly #read: LineReader;
  readonly #decoder = new TextDecoder();
  readonly #entries = new IndicatorEntries();
  readonly #examples: RejectedLine[] = [];
  readonly #sink: FeedSink;
  #rejected = 0;
  #skipped = 0;
  #announced: number | null = null;
  #credit: string | null = null;
  #bytes = 0;
  #line = 1;
  /** The beginning of a line whose end has not come yet. */
  #rest = '';
  /** Whether the line is already too long: its rest is passed over. */
  #tooLong = false;

  /** @param feed Its name, for messages. */
  constructor(feed: string, format: FeedFormat) {
    this.#feed = feed;
    this.#read = format.open();
    this.#sink = {
      entry: (text) => this.#addEntry(text),
      reject: (reason) => this.#reject(reason),
      skip: () => {
        this.#skipped++;
      },
      announce: (count) => {
        this.#announced = count;
      },
      credit: (text) => {
        this.#credit = text;
      },
    };
  }

  /** Takes the next bytes. Throws TG3013 over a limit. */
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > feedLimits.bytesMax) this.#refuse(`has more than ${feedLimits.bytesMax} bytes`);
    this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  /** After the last bytes: what was read. */
  end(): FeedReading {
    this.#take(this.#decoder.decode());
    this.#endLine('');
    return {
      entries: this.#entries,
      rejected: { count: this.#rejected, examples: this.#examples },
      skipped: this.#skipped,
      announced: this.#announced,
      credit: this.#credit,
    };
  }

  #take(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#endLine(text.slice(start, end));
      start = end + 1;
    }
    this.#rest += text.slice(start);
    if (this.#rest.length > feedLimits.lineCharactersMax) {
      this.#tooLong = true;
      this.#rest = '';
    }
  }

  #endLine(end: string): void {
    const line = this.#rest + end;
    if (this.#tooLong || line.length > feedLimits.lineCharactersMax) {
      this.#reject(`is longer than ${feedLimits.lineCharactersMax} characters`);
    } else if (line.trim() !== '') {
      this.#read(line.trim(), this.#sink);
    }
    this.#rest = '';
    this.#tooLong = false;
    this.#line++;
  }

  #addEntry(text: string): void {
    const problem = this.#entries.addText(text);
    if (problem !== null) this.#reject(problem);
    if (this.#entries.size > feedLimits.entriesMax) {
      this.#refuse(`has more than ${feedLimits.entriesMax} entries`);
    }
  }

  #reject(reason: string): void {
    this.#rejected++;
    if (this.#examples.length < feedLimits.examplesMax) this.#examples.push({ line: this.#line, reason });
  }

  #refuse(reason: string): never {
    throw new TidegateError('TG3013', `Feed ${this.#feed} ${reason}.`);
  }
}
