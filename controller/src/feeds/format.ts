/** What a feed format is: one file, one line in the registry. */

export type FeedFormatName = 'plain' | 'spamhaus-drop' | 'firehol-netset' | 'abuse-ch-csv';

/** Where a format puts what it finds in a line. */
export interface FeedSink {
  /** An address or a prefix, not yet checked. */
  entry(text: string): void;
  /** The line should have held an entry and does not. */
  reject(reason: string): void;
  /** The line is good and about something else than an address. */
  skip(): void;
  /** How many entries the feed says that it has. */
  announce(count: number): void;
  /** What the feed asks to be said about its origin. */
  credit(text: string): void;
}

/** Takes a line without its end; blank lines are left out. */
export type LineReader = (line: string, sink: FeedSink) => void;

export interface FeedFormat {
  readonly name: FeedFormatName;
  /** A reader for one feed from its first line on; it may remember what it read. */
  open(): LineReader;
}
