/** Builds the indicator set of one node group from the lists that are in use, and keeps it. */
import {
  buildIndicatorSet,
  canonicalJson,
  digestOf,
  openIndicatorSet,
  type IndicatorEntries,
  type Indicators,
} from '@tidegate/schemas';
import { stripEntries } from './guards.ts';
import type { SetTask } from './job.ts';
import type { IndicatorSets } from './sets.ts';
import type { FeedState } from './state.ts';

const creditMax = 500;

/** A feed of a group that has a copy. */
export interface FeedInUse {
  readonly task: SetTask['feeds'][number];
  readonly state: FeedState;
}

/** A digest of all that a set is built from. */
export function sourcesOf(
  feeds: readonly FeedInUse[],
  { safelist }: SetTask,
  protect: readonly string[],
): string {
  const lists = feeds.map(({ task, state }) => ({
    name: task.name,
    action: task.action,
    ...creditOf({ task, state }),
    digest: state.digest,
    changedAt: state.changedAt,
  }));
  return digestOf(canonicalJson({ lists, safelist, protect }));
}

/**
 * The set of a group, null where its feeds have no entry. The same lists, of the same time, give the same bytes.
 *
 * Throws TG1012 and TG1016 where it cannot be built, TG3011 where it cannot be kept.
 */
export async function buildSet(
  feeds: readonly FeedInUse[],
  safelist: readonly string[],
  entriesOf: (feed: string) => Promise<IndicatorEntries>,
  sets: IndicatorSets,
): Promise<Indicators | null> {
  const built: Parameters<typeof buildIndicatorSet>[0][number][] = [];
  for (const { task, state } of feeds) {
    const all = await entriesOf(task.name);
    const entries = safelist.length === 0 ? all : stripEntries(all, { protectedPrefixes: [], safelist }).kept;
    built.push({ name: task.name, action: task.action, entries, ...creditOf({ task, state }) });
  }
  if (built.every(({ entries }) => entries.size === 0)) return null;
  // Not the time of building, which would make another set of the same lists.
  const builtAt = feeds.map(({ state }) => state.changedAt).reduce((a, b) => (a > b ? a : b));
  const bytes = buildIndicatorSet(built, { builtAt });
  const set = openIndicatorSet(bytes);
  const addresses = set.countAddresses();
  return {
    digest: await sets.put(bytes),
    bytes: bytes.length,
    addresses,
    prefixes: set.counts.v4 + set.counts.v6 - addresses,
    feeds: set.feeds.map((feed) => ({ ...feed })),
  };
}

/** Half a character, from a list or from cutting, has no canonical JSON. */
function creditOf({ task, state }: FeedInUse): { credit?: string } {
  const credit = (task.credit ?? state.credit)?.slice(0, creditMax).replaceAll(/\p{Cs}/gu, '\u{fffd}');
  return credit === undefined ? {} : { credit };
}
