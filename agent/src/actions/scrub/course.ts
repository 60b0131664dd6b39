/**
 * One prefix at one provider, from the first wish to the last word of the provider.
 *
 * Each has a chain of requests of its own: a provider that hangs delays no other. What it is about to ask is written down
 * before; what the provider said, after.
 */
import type { Diversion } from '@tidegate/schemas';
import { reasonOf } from '../../ports.ts';
import type { Log } from '../../ports.ts';
import { ProviderFault } from './provider.ts';
import type { Order, Provider } from './provider.ts';

export interface CourseOptions {
  /** Asked anew for each request: its keys may have changed. Throws where they cannot be read. */
  readonly provider: () => Provider;
  readonly wallMs: () => number;
  readonly log: Log;
  /** Writes down what all diversions are. */
  readonly save: () => void;
  /** It is over, and forgotten. */
  readonly onGone: (course: Course) => void;
}

/** Between two requests after a fault, ms: doubled each time. */
const retryMs = 500;
const retryMsMax = 30_000;
/** A provider that wants to be asked later than this is asked after this, ms. */
const retryAfterMsMax = 60_000;
/** Between two looks, while it is waited for, and while it is in effect, ms. */
const lookMs = 1000;
const lookActiveMs = 10_000;

export class Course {
  #state: Diversion;
  readonly #options: CourseOptions;
  #faults = 0;
  #isRenewalDue = false;
  #isRunning = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;
  /** Whoever waits for the answer to a request. */
  #waiting: (() => void)[] = [];

  constructor(state: Diversion, options: CourseOptions) {
    this.#state = state;
    this.#options = options;
  }

  get state(): Diversion {
    return this.#state;
  }

  /** Begins, or goes on where the process before was. */
  start(): void {
    this.#schedule(0);
  }

  /** Lets go; what was asked for stays. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#answered();
  }

  /** A wish, new or renewed. */
  want(id: string, ttlMs: number): void {
    const { wishes, phase, scrubber } = this.#state;
    // Its time begins when it is in effect; until then it is given what the provider is.
    const given = phase === 'active' ? ttlMs : ttlMs + scrubber.activeWithinMs;
    const until = this.#at(given);
    const others = wishes.filter((wish) => wish.id !== id);
    if (others.length < wishes.length && phase === 'active') this.#isRenewalDue = true;
    this.#put({ wishes: [...others, { id, ttlMs, until }] });
    this.#schedule(0);
  }

  /** Takes back a wish. */
  release(id: string): void {
    this.#put({ wishes: this.#state.wishes.filter((wish) => wish.id !== id) });
    this.#schedule(0);
  }

  /** Resolves when the request that is under way was answered, or after some ms. */
  async answered(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #at(ms: number): string {
    return new Date(this.#options.wallMs() + ms).toISOString();
  }

  #put(changes: Partial<Diversion>): void {
    this.#state = { ...this.#state, ...changes };
    this.#options.save();
  }

  #schedule(ms: number): void {
    if (this.#isClosed || this.#isRunning) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), ms);
    // Nothing of this keeps a process alive that wants to end.
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let pauseMs: number | null;
    try {
      pauseMs = await this.#turn();
      this.#faults = 0;
    } catch (error) {
      pauseMs = this.#faulted(error);
    }
    this.#isRunning = false;
    this.#answered();
    if (pauseMs !== null) this.#schedule(this.#hasNews() ? 0 : pauseMs);
  }

  /** Whether somebody came or went while a request was under way. */
  #hasNews(): boolean {
    const { phase } = this.#state;
    return phase !== 'stopping' && (this.#isRenewalDue || this.#isUnwanted());
  }

  #answered(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** One request and what follows from its answer. Returns the pause before the next one; null where it is over. */
  async #turn(): Promise<number | null> {
    const isUnwanted = this.#isUnwanted();
    // Nothing was asked for: what there is, is somebody else's.
    if (this.#state.phase === 'looking' && isUnwanted) return this.#end();
    if (this.#state.phase !== 'stopping' && isUnwanted) this.#put({ phase: 'stopping' });
    const { phase } = this.#state;
    const provider = this.#options.provider();
    switch (phase) {
      case 'looking':
        return await this.#look(provider);
      case 'starting':
        await provider.start(this.#order());
        this.#put({ phase: 'waiting' });
        return 0;
      case 'waiting':
      case 'active':
        return await this.#follow(provider);
      case 'stopping':
        return await this.#stop(provider);
    }
  }

  #isUnwanted(): boolean {
    const { wishes, failed } = this.#state;
    const nowMs = this.#options.wallMs();
    return failed !== null || wishes.every(({ until }) => Date.parse(until) <= nowMs);
  }

  /** What was scrubbed before anybody asked is not ours to end. */
  async #look(provider: Provider): Promise<number> {
    const found = provider.state === null ? null : await provider.state(this.#order());
    this.#put({ phase: 'starting', isForeign: found?.is === 'active' });
    return 0;
  }

  async #follow({ state, renew }: Provider): Promise<number> {
    const order = this.#order();
    if (this.#isRenewalDue && renew !== null) await renew(order);
    this.#isRenewalDue = false;
    if (state === null) return this.#untilNext(lookActiveMs);
    const found = await state(order);
    const isActive = this.#state.phase === 'active';
    if (found.is === 'active' && !isActive) this.#take();
    else if (found.is === 'failed') this.#fail(found.reason);
    else if (found.is !== 'active' && isActive) this.#fail('the provider has ended it');
    else if (!isActive) this.#expect(`it is not in effect: the provider says it is ${found.is}`);
    return this.#untilNext(this.#state.phase === 'active' ? lookActiveMs : lookMs);
  }

  /** It is in effect: what it is wanted for begins now. */
  #take(): void {
    const wishes = this.#state.wishes.map((wish) => ({ ...wish, until: this.#at(wish.ttlMs) }));
    this.#put({ phase: 'active', wishes });
  }

  async #stop({ stop, state }: Provider): Promise<number | null> {
    const order = this.#order();
    if (!this.#state.isForeign) {
      await stop(order);
      if (state !== null && (await state(order)).is !== 'absent') return lookMs;
    }
    return this.#end();
  }

  #end(): null {
    this.#isClosed = true;
    this.#options.onGone(this);
    return null;
  }

  /** The provider has its time, and no more. */
  #expect(reason: string): void {
    const { since, scrubber } = this.#state;
    const isLate = this.#options.wallMs() - Date.parse(since) >= scrubber.activeWithinMs;
    if (isLate) this.#fail(`${reason} after ${Math.round(scrubber.activeWithinMs / 1000)} s`);
  }

  #fail(reason: string): void {
    if (this.#state.failed !== null) return;
    this.#put({ failed: reason.slice(0, 500) });
    const { scrubber, prefix } = this.#state;
    this.#options.log.error('scrubbing failed', { scrubber: scrubber.name, prefix, reason });
  }

  #faulted(error: unknown): number {
    const reason = reasonOf(error);
    const { phase, scrubber, prefix } = this.#state;
    if (this.#faults === 0)
      this.#options.log.warn('a scrubbing provider cannot be asked', {
        ...{ scrubber: scrubber.name, prefix, phase, reason },
      });
    this.#faults += 1;
    const isFinal = error instanceof ProviderFault ? !error.isPassing : true;
    // While it is in effect, and while it must end, there is nothing else to do but to ask again.
    if (phase === 'looking' || phase === 'starting' || phase === 'waiting') {
      if (isFinal) this.#fail(reason);
      else this.#expect(reason);
    }
    const wanted = error instanceof ProviderFault ? error.retryAfterMs : null;
    const pause = Math.min(retryMsMax, retryMs * 2 ** Math.min(this.#faults - 1, 10));
    return this.#untilNext(Math.max(pause, Math.min(wanted ?? 0, retryAfterMsMax)));
  }

  /** No pause goes beyond the end of the last wish, or the time that the provider has. */
  #untilNext(pauseMs: number): number {
    const { phase, wishes, since, scrubber, failed } = this.#state;
    if (phase === 'stopping') return pauseMs;
    if (failed !== null) return 0;
    const nowMs = this.#options.wallMs();
    const lastMs = Math.max(0, ...wishes.map(({ until }) => Date.parse(until)));
    const dueMs = phase === 'active' ? lastMs : Math.min(lastMs, Date.parse(since) + scrubber.activeWithinMs);
    return Math.max(1, Math.min(pauseMs, dueMs - nowMs));
  }

  #order(): Order {
    const { id, prefix, incident, family, wishes } = this.#state;
    return { id, prefix, incident, family, ttlMs: Math.max(0, ...wishes.map(({ ttlMs }) => ttlMs)) };
  }
}
