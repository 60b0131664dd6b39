/**
 * Loads a feed and keeps the last good copy of it on the disk, as it came: a refused or failed load leaves that copy
 * in use, under the guards of today.
 */
import { createHash } from 'node:crypto';
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
  /** As the name of a ThreatFeed; also the name of its file. */
  readonly name: string;
  readonly format: FeedFormatName;
  /** The list's bytes, from a file or a response; null takes the last good copy as it is. */
  readonly chunks: AsyncIterable<Uint8Array> | null;
  readonly guards: FeedGuards;
}

export interface FeedLoad {
  readonly entries: IndicatorEntries;
  /** Of the entries that the copy in use lists, in their order; null where there is none. */
  readonly digest: string | null;
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

type Copy = FeedReading & StrippedEntries & { readonly digest: string };

/**
 * Reads the source and takes it where the guards let it pass. One load of a feed at a time.
 *
 * Throws TG3011 where the folder cannot be used; whatever is wrong with the feed is in the result.
 *
 * @param folder Holds the last good copies; made where it is not there.
 */
export async function loadFeed(source: FeedSource, folder: string): Promise<FeedLoad> {
  const { name, chunks, guards } = source;
  if (!/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new TidegateError('TG1006', `${JSON.stringify(name)} is no name for a feed.`);
  }
  await makeStateDir(folder);
  const goodPath = join(folder, `${name}.feed`);
  const stagedPath = `${goodPath}.tmp`;
  const lastGood = await readLastGood(source, goodPath);
  if (chunks === null) return loadOf(lastGood, null, false);
  try {
    const copy = await readStaged(source, chunks, stagedPath);
    const refusal = refusalOf(copy, copy.kept.size, lastGood?.kept.size ?? null, guards);
    if (refusal !== null) throw new TidegateError('TG3013', `Feed ${name} ${refusal}.`);
    await atPath(goodPath, () => rename(stagedPath, goodPath));
    return loadOf(copy, null, true);
  } catch (error) {
    await atPath(stagedPath, () => rm(stagedPath, { force: true }));
    if (error instanceof TidegateError && error.code === 'TG3011') throw error;
    return loadOf(lastGood, error instanceof Error ? error : new Error(String(error)), false);
  }
}

function loadOf(copy: Copy | null, refusal: Error | null, fresh: boolean): FeedLoad {
  if (copy === null) {
    const nothing = { digest: null, credit: null, reading: null, stripped: {} };
    return { entries: new IndicatorEntries(), ...nothing, fresh, refusal };
  }
  const { kept, stripped, credit, digest, rejected, skipped, announced } = copy;
  const reading = { rejected, skipped, announced };
  return { entries: kept, digest, credit, fresh, refusal, reading, stripped };
}

async function readLastGood(source: FeedSource, path: string): Promise<Copy | null> {
  const there = await stat(path).catch(() => null);
  if (there === null) return null;
  return atPath(path, () => parse(source, createReadStream(path)));
}

async function parse(
  { name, format, guards }: FeedSource,
  chunks: AsyncIterable<Uint8Array>,
  keep?: (chunk: Uint8Array) => Promise<unknown>,
): Promise<Copy> {
  const parser = new FeedParser(name, feedFormats[format]);
  for await (const chunk of chunks) {
    parser.push(chunk);
    await keep?.(chunk);
  }
  const reading = parser.end();
  return { ...reading, ...stripEntries(reading.entries, guards), digest: digestOfEntries(reading.entries) };
}

/** Many lists say when they were made, and are otherwise the same. */
function digestOfEntries(entries: IndicatorEntries): string {
  const v4 = new Float64Array(entries.v4Count);
  const v6 = new Uint32Array(entries.v6Count * 5);
  let [v4End, v6End] = [0, 0];
  entries.eachV4((address, length) => {
    v4[v4End++] = address * 256 + length;
  });
  entries.eachV6((...words) => {
    v6.set(words, v6End);
    v6End += words.length;
  });
  return `sha256:${createHash('sha256').update(v4).update(v6).digest('hex')}`;
}

/** Reads the source, and writes what came to a file that is on the disk before it can take the place of the good one. */
async function readStaged(
  source: FeedSource,
  chunks: AsyncIterable<Uint8Array>,
  path: string,
): Promise<Copy> {
  const file = await atPath(path, () => open(path, 'w', 0o600));
  try {
    const copy = await parse(source, chunks, (chunk) => atPath(path, () => file.writeFile(chunk)));
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
