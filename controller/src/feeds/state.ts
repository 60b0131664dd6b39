/** What is known of the last good copy of a feed, beside it on the disk. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere, writeAtomically } from '../state/index.ts';
import type { Validators } from './fetch.ts';

export interface FeedState {
  readonly schema: 'tidegate/feed-state/v1';
  /** Where the copy came from; a list from somewhere else is another list. */
  readonly origin: string;
  /** Null for a file of the policy repository. */
  readonly validators: Validators | null;
  /** When the list was last read or found unchanged. */
  readonly checkedAt: string;
  /** Since when the copy lists what it lists. */
  readonly changedAt: string;
  /** Of what the copy lists. */
  readonly digest: string;
  readonly entries: number;
  /** Lines that are no entry, and entries that no list may have. */
  readonly leftOut: number;
  /** What the list says about its origin. */
  readonly credit: string | null;
}

const pathOf = (folder: string, feed: string): string => join(folder, `${feed}.json`);

/** Null where there is no copy, or nothing is known of it: the list is then fetched anew. */
export async function readFeedState(folder: string, feed: string): Promise<FeedState | null> {
  if (!existsSync(join(folder, `${feed}.feed`))) return null;
  const text = await readIfThere(pathOf(folder, feed));
  try {
    const value = JSON.parse(text ?? 'null') as FeedState | null;
    return value?.schema === 'tidegate/feed-state/v1' ? value : null;
  } catch {
    return null;
  }
}

export const writeFeedState = (folder: string, feed: string, state: FeedState): Promise<void> =>
  writeAtomically(pathOf(folder, feed), `${JSON.stringify(state)}\n`);

/** Removes what is left of feeds that are not in use and were not touched since `beforeMs`. */
export async function forgetFeeds(folder: string, inUse: readonly string[], beforeMs: number): Promise<void> {
  const kept = new Set(inUse.flatMap((feed) => [`${feed}.feed`, `${feed}.json`]));
  for (const name of await readdir(folder).catch(() => [])) {
    if (kept.has(name)) continue;
    const path = join(folder, name);
    const { mtimeMs = Infinity } = (await stat(path).catch(() => null)) ?? {};
    if (mtimeMs < beforeMs) await rm(path, { force: true });
  }
}
