/**
 * Keeps the threat feeds of the policy in force and the indicator sets that are built from them.
 *
 * Looks again and again which lists are due, and does a round over them in the background. Policy never waits for a
 * list: it is published with the sets that are there, and a set that changed is published when it is ready.
 */
import type { Bundle, CompiledFeed, ControllerStatus, Indicators } from '@tidegate/schemas';
import { reasonOf, timestampOf, type Log } from '../ports.ts';
import type { FeedJob, FeedJobResult, FeedTask, SetTask } from './job.ts';
import { feedsFolder } from './run.ts';
import { originOf, Schedule, type ScheduleOptions } from './schedule.ts';
import { IndicatorSets } from './sets.ts';
import { forgetFeeds, readFeedState, type FeedState } from './state.ts';

/** A node group, as far as its set depends on it. */
export type FeedGroup = Pick<Bundle, 'group' | 'protect' | 'safelist'> & {
  readonly feeds: readonly CompiledFeed[];
};

export interface FeedPolicy {
  readonly commit: string;
  readonly groups: readonly FeedGroup[];
}

export interface FeedDeskOptions extends ScheduleOptions {
  readonly stateDir: string;
  readonly log: Log;
  /** How often it looks what is due, ms. */
  readonly lookMs: number;
  /** Does a round. */
  readonly run: (job: FeedJob, signal: AbortSignal) => Promise<FeedJobResult>;
  /** Puts the sets that are there now in force; resolves with whether something changed. */
  readonly publish: () => Promise<boolean>;
  /** Digests that published bundles name. */
  readonly publishedDigests: () => readonly string[];
}

interface BuiltSet {
  /** Null where it was built by an earlier process. */
  readonly builtFrom: string | null;
  readonly indicators: Indicators | null;
}

/** Least time between two publications for lists that changed, ms. */
const publishMsMin = 300_000;
/** How long the copy of a feed that is in no policy any more is kept, ms. */
const unusedMsMax = 7 * 86_400_000;

export class FeedDesk {
  readonly #options: FeedDeskOptions;
  readonly #store: IndicatorSets;
  readonly #schedule: Schedule;
  readonly #sets = new Map<string, BuiltSet>();
  readonly #states = new Map<string, FeedState>();
  readonly #errors = new Map<string, string>();
  #policy: FeedPolicy | null = null;
  /** The policy that the last round was for. */
  #roundPolicy: FeedPolicy | null = null;
  /** Before this time lists that changed are not published, ms since the epoch. */
  #publishFromMs = 0;
  #round = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;
  #fault = '';

  constructor(options: FeedDeskOptions) {
    this.#options = options;
    this.#store = new IndicatorSets(options.stateDir);
    this.#schedule = new Schedule(options);
  }

  /** Takes up what an earlier process published: those sets stay in force until others are built. */
  resume(published: readonly Bundle[]): void {
    for (const { group, indicators = null } of published) {
      this.#sets.set(group, { builtFrom: null, indicators });
    }
  }

  /** Takes the feeds of a policy that is about to be published; a round for the one before ends at once. */
  take(policy: FeedPolicy): void {
    if (policy.commit === this.#policy?.commit) return;
    this.#policy = policy;
    // What a person changed waits for nothing.
    this.#publishFromMs = 0;
    this.#round.abort(new Error('another policy is in force'));
  }

  /** The set that the bundle of a group names; undefined where it has no feed, or nothing is built yet. */
  indicatorsOf(group: string): Indicators | undefined {
    const feeds = this.#policy?.groups.find((candidate) => candidate.group === group)?.feeds ?? [];
    return feeds.length === 0 ? undefined : (this.#sets.get(group)?.indicators ?? undefined);
  }

  status(): NonNullable<ControllerStatus['feeds']> {
    return feedsOf(this.#policy).map(({ name }) => {
      const {
        entries = null,
        leftOut = 0,
        checkedAt = null,
        changedAt = null,
      } = this.#states.get(name) ?? {};
      return { name, entries, leftOut, checkedAt, changedAt, error: this.#errors.get(name) ?? null };
    });
  }

  start(): void {
    this.#running = this.#step();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#round.abort(new Error('the controller stops'));
    await this.#running;
  }

  async #step(): Promise<void> {
    try {
      await this.look();
      this.#fault = '';
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== this.#fault)
        this.#options.log.error({ reason }, 'threat feeds could not be looked after');
      this.#fault = reason;
    }
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#step();
    }, this.#options.lookMs);
  }

  /** Does what is due now. */
  async look(): Promise<void> {
    const policy = this.#policy;
    if (policy === null) return;
    for (const { name } of feedsOf(policy)) await this.#readState(name);
    const isDue = feedsOf(policy).some((feed) => this.#isDue(feed, policy));
    if (isDue || policy !== this.#roundPolicy) await this.#doRound(policy);
    if (policy !== this.#policy || this.#isStopped) return;
    await this.#publish();
    await this.#store.prune(new Set([...this.#options.publishedDigests(), ...this.#digests()]));
  }

  async #readState(feed: string): Promise<void> {
    if (this.#states.has(feed)) return;
    const state = await readFeedState(feedsFolder(this.#options.stateDir), feed);
    if (state !== null) this.#states.set(feed, state);
  }

  #isDue(feed: CompiledFeed, { commit }: FeedPolicy): boolean {
    return this.#schedule.isDue(feed, this.#states.get(feed.name) ?? null, commit);
  }

  async #doRound(policy: FeedPolicy): Promise<void> {
    const { stateDir, clock, run } = this.#options;
    this.#round = new AbortController();
    const { signal } = this.#round;
    if (policy !== this.#policy || this.#isStopped) return;
    const due = feedsOf(policy).filter((feed) => this.#isDue(feed, policy));
    const feeds = await Promise.all(
      feedsOf(policy).map((feed) => this.#taskOf(feed, policy, due.includes(feed))),
    );
    const withFeeds = policy.groups.filter((group) => group.feeds.length > 0);
    const protect = [...new Set(policy.groups.flatMap((group) => group.protect))].sort();
    const sets = withFeeds.map((group) => this.#setTaskOf(group));
    try {
      const job = { stateDir, now: timestampOf(clock()), protect, feeds, sets };
      this.#absorb(await run(job, signal), policy, due);
      const names = feedsOf(policy).map(({ name }) => name);
      await forgetFeeds(feedsFolder(stateDir), names, clock() - unusedMsMax);
    } catch (error) {
      if (signal.aborted) return;
      // Not again at once: it would ask everybody again.
      for (const feed of due)
        this.#schedule.note(feed, policy.commit, { error: reasonOf(error), retryAfterMs: null });
      throw error;
    } finally {
      if (!signal.aborted) this.#roundPolicy = policy;
    }
  }

  /** What cannot even be asked for is told as a failure, and the copy before stays in use. */
  async #taskOf(feed: CompiledFeed, { commit }: FeedPolicy, isDue: boolean): Promise<FeedTask> {
    const { name, format, allowEmpty, shrinkShareMin, growthMax } = feed;
    const state = this.#states.get(name) ?? null;
    const task = { name, format, allowEmpty, shrinkShareMin, growthMax, origin: originOf(feed), state };
    if (!isDue) return { ...task, input: { kind: 'copy' } };
    try {
      return { ...task, input: await this.#schedule.inputOf(feed, state, commit) };
    } catch (error) {
      return { ...task, input: { kind: 'failed', reason: reasonOf(error) } };
    }
  }

  #setTaskOf({ group, feeds, safelist }: FeedGroup): SetTask {
    const named = feeds.map(({ name, action, credit }) => ({ name, action, credit }));
    return { group, feeds: named, safelist, builtFrom: this.#sets.get(group)?.builtFrom ?? null };
  }

  #absorb({ feeds, sets, faults }: FeedJobResult, policy: FeedPolicy, due: readonly CompiledFeed[]): void {
    for (const { name, state, error, retryAfterMs } of feeds) {
      if (state !== null) this.#states.set(name, state);
      const feed = due.find((candidate) => candidate.name === name);
      if (feed === undefined) continue;
      this.#schedule.note(feed, policy.commit, { error, retryAfterMs });
      this.#tell(name, error);
    }
    for (const { group, builtFrom, indicators } of sets) {
      const named = policy.groups.find((candidate) => candidate.group === group)?.feeds ?? [];
      // A set is not given up for lists that only cannot be had.
      if (indicators === null && named.some(({ name }) => this.#errors.has(name))) continue;
      this.#sets.set(group, { builtFrom, indicators });
      this.#options.log.info({ group, digest: indicators?.digest ?? null }, 'indicator set built');
    }
    for (const { group, reason } of faults) {
      this.#options.log.error({ group, reason }, 'an indicator set cannot be built; the one before stays');
      const named = policy.groups.find((candidate) => candidate.group === group)?.feeds ?? [];
      for (const { name } of named) this.#errors.set(name, `the set of ${group}: ${reason}`);
    }
  }

  #tell(feed: string, error: string | null): void {
    const { log } = this.#options;
    const before = this.#errors.get(feed) ?? null;
    if (error === null) this.#errors.delete(feed);
    else this.#errors.set(feed, error);
    if (error === before) return;
    if (error === null) log.info({ feed }, 'threat feed taken again');
    else log.warn({ feed, reason: error }, 'threat feed not taken; the copy before stays in use');
  }

  async #publish(): Promise<void> {
    const { clock, publish } = this.#options;
    if (clock() < this.#publishFromMs) return;
    if (await publish()) this.#publishFromMs = clock() + publishMsMin;
  }

  #digests(): string[] {
    return [...this.#sets.values()].flatMap(({ indicators }) => indicators?.digest ?? []);
  }
}

/** Every feed once: groups share them. */
function feedsOf(policy: FeedPolicy | null): CompiledFeed[] {
  const byName = new Map(
    (policy?.groups ?? []).flatMap(({ feeds }) => feeds.map((feed) => [feed.name, feed])),
  );
  return [...byName.values()];
}
