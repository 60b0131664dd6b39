/** Which lists are due, and what a round has to ask of whom: as often as the policy says, and later after a failure. */
import { TidegateError, type CompiledFeed } from '@tidegate/schemas';
import type { Clock } from '../ports.ts';
import type { FeedInput, FeedOutcome } from './job.ts';
import type { FeedState } from './state.ts';

export interface ScheduleOptions {
  readonly clock: Clock;
  /** A file of the policy repository at a commit. */
  readonly readFile: (commit: string, path: string) => Promise<Uint8Array>;
  /** The value of a secret that a policy may refer to; rejects for every other one. */
  readonly readSecret: (reference: string) => Promise<string>;
  /** Longest time for one list, ms. */
  readonly fetchMsMax: number;
}

interface Failure {
  readonly origin: string;
  readonly count: number;
  readonly notBeforeMs: number;
}

const retryMsMin = 60_000;
const fileRetryMs = 600_000;

/** Where a list comes from, as one text. */
export const originOf = ({ origin }: CompiledFeed): string =>
  'path' in origin ? `path:${origin.path}` : origin.url;

export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #failures = new Map<string, Failure>();
  /** By feed: the commit that its file was last read at. */
  readonly #commits = new Map<string, string>();

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  /** @param commit The policy in force. */
  isDue(feed: CompiledFeed, state: FeedState | null, commit: string): boolean {
    const nowMs = this.#options.clock();
    const failure = this.#failures.get(feed.name);
    if (failure?.origin === originOf(feed) && nowMs < failure.notBeforeMs) return false;
    if ('path' in feed.origin) return this.#commits.get(feed.name) !== `${feed.origin.path} ${commit}`;
    if (state?.origin !== originOf(feed) || failure?.origin === originOf(feed)) return true;
    return nowMs >= Date.parse(state.checkedAt) + feed.origin.refreshMs;
  }

  /** What a round has to do for a feed that is due. Rejects with TG5005 for its key, TG3001 for its file. */
  async inputOf({ origin }: CompiledFeed, state: FeedState | null, commit: string): Promise<FeedInput> {
    const { readFile, readSecret, fetchMsMax: timeoutMs } = this.#options;
    if ('path' in origin) return { kind: 'file', bytes: await readFile(commit, origin.path) };
    const { url, auth } = origin;
    const headers =
      auth === null ? {} : { [auth.header]: printable(auth.secret, await readSecret(auth.secret)) };
    const validators = state?.origin === url ? state.validators : null;
    return { kind: 'fetch', request: { url, headers, validators, timeoutMs } };
  }

  /** Remembers how it went with a feed that was due. */
  note(
    feed: CompiledFeed,
    commit: string,
    { error, retryAfterMs }: Pick<FeedOutcome, 'error' | 'retryAfterMs'>,
  ): void {
    const { name, origin } = feed;
    if (error === null) {
      this.#failures.delete(name);
      if ('path' in origin) this.#commits.set(name, `${origin.path} ${commit}`);
      return;
    }
    const before = this.#failures.get(name);
    const count = before?.origin === originOf(feed) ? before.count + 1 : 1;
    const pauseMsMax = 'path' in origin ? fileRetryMs : origin.refreshMs;
    const pauseMs = Math.max(
      retryAfterMs ?? 0,
      Math.min(pauseMsMax, retryMsMin * 2 ** Math.min(count - 1, 20)),
    );
    this.#failures.set(name, { origin: originOf(feed), count, notBeforeMs: this.#options.clock() + pauseMs });
  }
}

/** `fetch` quotes a header that it cannot send, and with it the key. */
function printable(reference: string, secret: string): string {
  if (/^[\x20-\x7e]+$/.test(secret)) return secret;
  throw new TidegateError('TG5005', `the secret ${reference} has characters that no header can have`);
}
