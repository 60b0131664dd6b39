/**
 * One round over the threat feeds: takes what is new, keeps the good copies, builds the sets that are no longer what
 * they were. Whatever is wrong with one feed or one set is in the result and touches no other.
 */
import type { IndicatorEntries } from '@tidegate/schemas';
import { join } from 'node:path';
import { reasonOf } from '../ports.ts';
import { buildSet, sourcesOf, type FeedInUse } from './build.ts';
import { fetchList, type Validators } from './fetch.ts';
import type { FeedJob, FeedJobResult, FeedOutcome, FeedTask, SetTask } from './job.ts';
import { loadFeed, type FeedLoad } from './load.ts';
import { IndicatorSets } from './sets.ts';
import { writeFeedState, type FeedState } from './state.ts';

/** Lists that are read at a time. */
const atATimeMax = 4;
const reasonMax = 500;

/** Where feeds keep their copies. */
export const feedsFolder = (stateDir: string): string => join(stateDir, 'feeds');

/** Rejects with TG3011 where the state folder cannot be used. */
export async function runFeedJob(job: FeedJob): Promise<FeedJobResult> {
  const round = new Round(job);
  const feeds: FeedOutcome[] = [];
  const waiting = [...job.feeds];
  const takeTurns = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      feeds.push(await round.take(task));
    }
  };
  await Promise.all(Array.from({ length: atATimeMax }, takeTurns));

  const states = new Map(feeds.flatMap(({ name, state }) => (state === null ? [] : [[name, state]])));
  const sets: FeedJobResult['sets'][number][] = [];
  const faults: FeedJobResult['faults'][number][] = [];
  for (const task of job.sets) {
    try {
      sets.push(...(await round.build(task, states)));
    } catch (error) {
      faults.push({ group: task.group, reason: reasonOf(error).slice(0, reasonMax) });
    }
  }
  return { feeds, sets, faults };
}

class Round {
  readonly #job: FeedJob;
  readonly #folder: string;
  readonly #sets: IndicatorSets;
  readonly #tasks: ReadonlyMap<string, FeedTask>;
  /** Of the copies in use, as far as they were read. */
  readonly #entries = new Map<string, IndicatorEntries>();

  constructor(job: FeedJob) {
    this.#job = job;
    this.#folder = feedsFolder(job.stateDir);
    this.#sets = new IndicatorSets(job.stateDir);
    this.#tasks = new Map(job.feeds.map((task) => [task.name, task]));
  }

  async take(task: FeedTask): Promise<FeedOutcome> {
    const { name, input, state } = task;
    switch (input.kind) {
      case 'copy':
        return { name, state, error: null, retryAfterMs: null };
      case 'failed':
        return { name, state, error: input.reason.slice(0, reasonMax), retryAfterMs: null };
      case 'file':
        return await this.#load(task, once(input.bytes), null);
      case 'fetch': {
        const answer = await fetchList(input.request);
        if (answer.kind === 'list') return await this.#load(task, answer.chunks, answer.validators);
        if (answer.kind === 'unchanged') return await this.#keep(task);
        return { name, state, error: answer.reason, retryAfterMs: answer.retryAfterMs };
      }
    }
  }

  /** The set of a group, none where it is what it was. */
  async build(task: SetTask, states: ReadonlyMap<string, FeedState>): Promise<FeedJobResult['sets']> {
    const inUse = task.feeds.flatMap((feed): FeedInUse[] => {
      const state = states.get(feed.name);
      return state === undefined ? [] : [{ task: feed, state }];
    });
    const builtFrom = sourcesOf(inUse, task, this.#job.protect);
    if (builtFrom === task.builtFrom) return [];
    const entriesOf = (feed: string): Promise<IndicatorEntries> => this.#entriesOf(feed);
    const indicators = await buildSet(inUse, task.safelist, entriesOf, this.#sets);
    return [{ group: task.group, builtFrom, indicators }];
  }

  async #load(
    task: FeedTask,
    chunks: AsyncIterable<Uint8Array>,
    validators: Validators | null,
  ): Promise<FeedOutcome> {
    const load = await loadFeed(this.#sourceOf(task, chunks), this.#folder);
    this.#entries.set(task.name, load.entries);
    if (!load.fresh) {
      const error = reasonOf(load.refusal).slice(0, reasonMax);
      return { name: task.name, state: task.state, error, retryAfterMs: null };
    }
    return await this.#remember(task, stateOf(task, load, validators, this.#job.now));
  }

  /** What the server calls unchanged is checked anew and nothing else. */
  async #keep(task: FeedTask): Promise<FeedOutcome> {
    if (task.state === null) throw new TypeError(`Feed ${task.name} is unchanged and has no state.`);
    return await this.#remember(task, { ...task.state, checkedAt: this.#job.now });
  }

  async #remember({ name }: FeedTask, state: FeedState): Promise<FeedOutcome> {
    await writeFeedState(this.#folder, name, state);
    return { name, state, error: null, retryAfterMs: null };
  }

  async #entriesOf(feed: string): Promise<IndicatorEntries> {
    const known = this.#entries.get(feed);
    if (known !== undefined) return known;
    const task = this.#tasks.get(feed)!;
    const { entries } = await loadFeed(this.#sourceOf(task, null), this.#folder);
    this.#entries.set(feed, entries);
    return entries;
  }

  #sourceOf(task: FeedTask, chunks: AsyncIterable<Uint8Array> | null): Parameters<typeof loadFeed>[0] {
    const { name, format, allowEmpty, origin, state, shrinkShareMin, growthMax } = task;
    const isSameList = state?.origin === origin;
    return {
      name,
      format,
      chunks,
      guards: {
        protectedPrefixes: this.#job.protect,
        safelist: [],
        allowEmpty,
        // Another list may have any size.
        shrinkShareMin: isSameList ? shrinkShareMin : 0,
        growthMax: isSameList ? growthMax : Infinity,
      },
    };
  }
}

function stateOf(
  { origin, state }: FeedTask,
  load: FeedLoad,
  validators: Validators | null,
  now: string,
): FeedState {
  const { digest, entries, credit, reading, stripped } = load;
  const strippedCount = Object.values(stripped).reduce((sum, { count }) => sum + count, 0);
  return {
    schema: 'tidegate/feed-state/v1',
    origin,
    validators,
    checkedAt: now,
    changedAt: state !== null && state.digest === digest ? state.changedAt : now,
    digest: digest ?? '',
    entries: entries.size,
    leftOut: strippedCount + (reading?.rejected.count ?? 0),
    credit,
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
