/** One round over the threat feeds, as it is handed to the thread that does it: plain values only. */
import type { CompiledFeed, Indicators } from '@tidegate/schemas';
import type { ListRequest } from './fetch.ts';
import type { FeedState } from './state.ts';

/** Where a round takes a list from: nowhere new, the policy repository, or the network; or why it cannot be asked for. */
export type FeedInput =
  | { readonly kind: 'copy' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'fetch'; readonly request: ListRequest };

export interface FeedTask extends Pick<
  CompiledFeed,
  'name' | 'format' | 'allowEmpty' | 'shrinkShareMin' | 'growthMax'
> {
  readonly origin: string;
  readonly input: FeedInput;
  /** Null where nothing is known of a copy. */
  readonly state: FeedState | null;
}

export interface SetTask {
  readonly group: string;
  readonly feeds: readonly Pick<CompiledFeed, 'name' | 'action' | 'credit'>[];
  readonly safelist: readonly string[];
  /** What the set that we have was built from, as the result of an earlier round said it. */
  readonly builtFrom: string | null;
}

export interface FeedJob {
  readonly stateDir: string;
  /** RFC 3339. */
  readonly now: string;
  /** Prefixes of the whole fleet. */
  readonly protect: readonly string[];
  readonly feeds: readonly FeedTask[];
  readonly sets: readonly SetTask[];
}

export interface FeedOutcome {
  readonly name: string;
  readonly state: FeedState | null;
  /** Why the list could not be taken. */
  readonly error: string | null;
  readonly retryAfterMs: number | null;
}

export interface SetOutcome {
  readonly group: string;
  readonly builtFrom: string;
  /** The set; null where its feeds have no entry. */
  readonly indicators: Indicators | null;
}

export interface FeedJobResult {
  readonly feeds: readonly FeedOutcome[];
  /** Those that are not what they were. */
  readonly sets: readonly SetOutcome[];
  /** Groups whose set could not be built. */
  readonly faults: readonly { readonly group: string; readonly reason: string }[];
}
