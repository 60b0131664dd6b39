/** Feeds as texts, and entries as texts. */
import { formatAddress, IndicatorEntries } from '@tidegate/schemas';
import type { FeedFormatName } from '../format.ts';
import { FeedParser, type FeedReading } from '../parser.ts';
import { feedFormats } from '../registry.ts';

/** Reads a feed that comes in pieces of a few bytes. */
export function readText(format: FeedFormatName, text: string, pieceBytes = 7): FeedReading {
  const parser = new FeedParser('test', feedFormats[format]);
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) parser.push(bytes.subarray(at, at + pieceBytes));
  return parser.end();
}

/** Entries as prefixes, IPv4 first. */
export function textsOf(entries: IndicatorEntries): string[] {
  const texts: string[] = [];
  const push = (words: readonly number[], length: number): void => {
    const bytes = new Uint8Array(16);
    words.forEach((word, index) => new DataView(bytes.buffer).setUint32(index * 4, word));
    texts.push(`${formatAddress(bytes)}/${length}`);
  };
  entries.eachV4((address, length) => push([0, 0, 0xffff, address], length));
  entries.eachV6((a, b, c, d, length) => push([a, b, c, d], length));
  return texts;
}

export function entriesOf(texts: Iterable<string>): IndicatorEntries {
  const entries = new IndicatorEntries();
  for (const text of texts) {
    const problem = entries.addText(text);
    if (problem !== null) throw new Error(problem);
  }
  return entries;
}
