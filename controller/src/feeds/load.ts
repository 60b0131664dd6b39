/**
 * Loads a feed and keeps the last good copy of it on the disk, as it came: a refused or failed load leaves that copy
 * in use, under the guards of today.
 */
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { IndicatorEntries, TidegateError } from '@tidegate/schemas';
import { reasonOf } from '../ports.ts';
import { makeStateDir } from '../state/index.ts';
import type { FeedFormatName } from './format.ts';
import {
  refusalOf,
  stripEntries,
  type FeedGuards,
  type StrippedEntries,
  type StripReport,
} from './guards.ts';
import { FeedParser, type FeedReading } from './parser.ts';
import { feedFormats } from './registry.ts';

export interface FeedSource {
  /** Lower-case letters, digits and dashes; also the name of its file. */
  readonly name: string;
  readonly format: FeedFormatName;
  /** The list's bytes, from a file or a response. */
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly guards: FeedGuards;
}

export interface FeedLoad {
  readonly entries: IndicatorEntries;
  /** What the feed asks to be said about its origin. */
  readonly credit: string | null;
  /** Whether the entries are this load's; else they are the last good copy's, or none. */
  readonly fresh: boolean;
  /** Why this load was not taken: TG3013 or what its source threw; null where it was. */
  readonly refusal: Error | null;
  /** What was rejected and skipped in the copy in use; null where there is none. */
  readonly reading: Omit<FeedReading, 'entries' | 'credit'> | null;
  /** What the guards left out of the copy in use. */
  readonly stripped: StripReport;
}

type Copy = FeedReading & StrippedEntries;

/**
 * Reads the source and takes it where the guards let it pass. One load of a feed at a time.
 *
 * Throws TG3011 where the folder cannot be used; whatever is wrong with the feed is in the result.
 *
 * @param folder Holds the last good copies; made where it is not there.
 */
export async function loadFeed(source: FeedSource, folder: string): Promise<FeedLoad> {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(source.name)) {
    throw new TidegateError('TG1006', `${JSON.stringify(source.name)} is no name for a feed.`);
  }
  await makeStateDir(folder);
  const goodPath = join(folder, `${source.name}.feed`);
  const stagedPath = `${goodPath}.tmp`;
  const lastGood = await readLastGood(source, goodPath);
  try {
    const copy = await readStaged(source, stagedPath);
    const refusal = refusalOf(copy, copy.kept.size, lastGood?.kept.size ?? null, source.guards);
    if (refusal !== null) throw new TidegateError('TG3013', `Feed ${source.name} ${refusal}.`);
    await atPath(goodPath, () => rename(stagedPath, goodPath));
    return loadOf(copy, null);
  } catch (error) {
    await atPath(stagedPath, () => rm(stagedPath, { force: true }));
    if (error instanceof TidegateError && error.code === 'TG3011') throw error;
    return loadOf(lastGood, error instanceof Error ? error : new Error(String(error)));
  }
}

function loadOf(copy: Copy | null, refusal: Error | null): FeedLoad {
  const fresh = refusal === null;
  if (copy === null) {
    return { entries: new IndicatorEntries(), credit: null, fresh, refusal, reading: null, stripped: {} };
  }
  const { kept, stripped, credit, rejected, skipped, announced } = copy;
  return { entries: kept, credit, fresh, refusal, reading: { rejected, skipped, announced }, stripped };
}

async function readLastGood(source: FeedSource, path: string): Promise<Copy | null> {
  const there = await stat(path).catch(() => null);
  if (there === null) return null;
  return atPath(path, () => parse({ ...source, chunks: createReadStream(path) }));
}

async function parse(
  { name, format, chunks, guards }: FeedSource,
  keep?: (chunk: Uint8Array) => Promise<unknown>,
): Promise<Copy> {
  const parser = new FeedParser(name, feedFormats[format]);
  for await (const chunk of chunks) {
    parser.push(chunk);
    await keep?.(chunk);
  }
  const reading = parser.end();
  return { ...reading, ...stripEntries(reading.entries, guards) };
}

/** Reads the source, and writes what came to a file that is on the disk before it can take the place of the good one. */
async function readStaged(source: FeedSource, path: string): Promise<Copy> {
  const file = await atPath(path, () => open(path, 'w', 0o600));
  try {
    const copy = await parse(source, (chunk) => atPath(path, () => file.writeFile(chunk)));
    await atPath(path, () => file.sync());
    return copy;
  } finally {
    await file.close();
  }
}

/** What goes wrong with our own files is not the feed's fault. */
async function atPath<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new TidegateError('TG3011', `${path} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}
