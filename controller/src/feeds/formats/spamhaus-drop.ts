/**
 * Spamhaus DROP: JSON lines `{"cidr","sblid","rir"}` with one line of metadata, or the older text `cidr ; SBL…`.
 *
 * Spamhaus asks that its copyright is named where the data is used; both forms carry it.
 */
import type { FeedFormat, FeedSink } from '../format.ts';

export const spamhausDrop: FeedFormat = {
  name: 'spamhaus-drop',
  open: () => (line, sink) => {
    if (line.startsWith('{')) readJson(line, sink);
    else readText(line, sink);
  },
};

function readJson(line: string, sink: FeedSink): void {
  const value = parse(line);
  if (value === null) sink.reject('is not JSON');
  else if (value['type'] === 'metadata') readMetadata(value, sink);
  else if (typeof value['cidr'] === 'string') sink.entry(value['cidr']);
  else sink.reject('has no cidr');
}

function parse(line: string): Record<string, unknown> | null {
  try {
    // It begins with a brace: nothing but an object comes out of it.
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function readMetadata({ records, copyright, terms }: Record<string, unknown>, sink: FeedSink): void {
  if (Number.isSafeInteger(records)) sink.announce(records as number);
  const credit = [copyright, terms].filter((text) => typeof text === 'string').join(', ');
  if (credit !== '') sink.credit(credit);
}

function readText(line: string, sink: FeedSink): void {
  const [entry, comment] = line.split(';', 2).map((part) => part.trim());
  if (entry !== undefined && entry !== '') sink.entry(entry);
  else if (comment?.includes('(c)') === true) sink.credit(comment);
}
