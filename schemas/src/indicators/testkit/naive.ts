/** The indicator set as one would write it without a thought for speed: every feed's prefixes, one after another. */
import { formatAddress, parseAddress } from '../../net/address.ts';
import { cidrContains, parseCidr, type IpPrefix } from '../../net/cidr.ts';
import { buildIndicatorSet } from '../build.ts';
import { IndicatorEntries } from '../entries.ts';
import type { IndicatorAction, IndicatorVerdict } from '../format.ts';
import { openIndicatorSet, type IndicatorMatch, type IndicatorSet } from '../open.ts';

export interface TextFeed {
  readonly name: string;
  readonly action: IndicatorAction;
  readonly credit?: string;
  readonly entries: readonly string[];
}

export const builtAt = '2026-11-25T00:00:00.000Z';

/** Entries of texts that must all be good. */
export function entriesOf(texts: Iterable<string>): IndicatorEntries {
  const entries = new IndicatorEntries();
  for (const text of texts) {
    const problem = entries.addText(text);
    if (problem !== null) throw new Error(problem);
  }
  return entries;
}

export const bytesOf = (feeds: readonly TextFeed[]): Uint8Array =>
  buildIndicatorSet(
    feeds.map((feed) => ({ ...feed, entries: entriesOf(feed.entries) })),
    { builtAt },
  );

export const setOf = (feeds: readonly TextFeed[]): IndicatorSet => openIndicatorSet(bytesOf(feeds));

const prefixText = (entry: string): string => {
  if (entry.includes('/')) return entry;
  return `${entry}/${entry.includes(':') ? 128 : 32}`;
};

export class NaiveSet {
  readonly #entries: readonly { readonly prefix: IpPrefix; readonly match: IndicatorMatch }[];

  constructor(feeds: readonly TextFeed[]) {
    const entries = feeds.flatMap(({ name, action, entries }) => {
      const prefixes = entries.map((entry) => parseCidr(prefixText(entry)));
      return [...new Map(prefixes.map((prefix) => [prefix.text, prefix])).values()].map((prefix) => ({
        prefix,
        match: { feed: name, entry: prefix.text, action },
      }));
    });
    // Stable: feeds keep their order among entries of one length.
    this.#entries = entries.sort((left, right) => right.prefix.length - left.prefix.length);
  }

  matchesOf(address: Uint8Array): IndicatorMatch[] {
    const parsed = parseAddress(formatAddress(address));
    return this.#entries.filter(({ prefix }) => cidrContains(prefix, parsed)).map(({ match }) => match);
  }

  verdictOf(address: Uint8Array): IndicatorVerdict {
    const actions = this.matchesOf(address).map(({ action }) => action);
    if (actions.includes('drop')) return 'drop';
    return actions.length > 0 ? 'count' : 'none';
  }
}
