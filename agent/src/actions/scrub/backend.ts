/**
 * Scrubbing as a backend like any other: a rule is a prefix that is handed to a provider.
 *
 * Promises: those of `RuleBackend`, as far as a provider keeps them. `accepted` means that it is written down here and
 * asked for; `installed`, that the provider says it is in effect, and the time of a rule begins then. A provider that fails
 * is told of by `readBack`, which rejects with TG2021. It ends with its last wish, also where nobody says so, and a start
 * after a crash ends what is over; a provider that knows no end of its own keeps it where this node never comes back.
 * What was scrubbed before is left as it was. No packets are counted.
 */
import { TidegateError } from '@tidegate/schemas';
import type { CompiledScrubber } from '@tidegate/schemas';
import type { Log } from '../../ports.ts';
import type { InstalledRule, PlanRefusal, RuleBackend, RuleRequest } from '../backend.ts';
import { Course } from './course.ts';
import type { ProviderTools } from './http.ts';
import type { Provider } from './provider.ts';
import { providerOf } from './providers.ts';
import { loadDiversions, saveDiversions } from './store.ts';

export interface ScrubbingOptions {
  /** File of the diversions. */
  readonly path: string;
  readonly secret: ProviderTools['secret'];
  readonly wallMs: () => number;
  readonly log: Log;
}

/** How long a first answer is waited for, and one that it is over, ms. */
const answerMs = 3000;
const goneMs = 5000;

export class ScrubbingBackend implements RuleBackend {
  readonly name = 'scrubber';
  readonly #options: ScrubbingOptions;
  readonly #courses = new Set<Course>();
  #scrubbers: readonly CompiledScrubber[] = [];
  /** Why it is not to be had, by the wish; until somebody takes the wish back. */
  readonly #failures = new Map<string, string>();
  /** What is only counted, by id: until when, wall time, ms. */
  readonly #counted = new Map<string, number>();

  /** Throws TG5003 where the file is damaged. */
  constructor(options: ScrubbingOptions) {
    this.#options = options;
    for (const diversion of loadDiversions(options.path)) this.#add(diversion);
  }

  /** Goes on with what the process before asked for. */
  start(): void {
    for (const course of this.#courses) course.start();
  }

  /** Scrubbers of the policy in force. What was handed over goes on as it was asked for. */
  use(scrubbers: readonly CompiledScrubber[]): void {
    this.#scrubbers = scrubbers;
  }

  plan({ diverted, verdict }: RuleRequest): PlanRefusal | null {
    const refuse = (reason: string): PlanRefusal => ({ code: 'TG2002', reason });
    if (diverted === undefined) return refuse('a scrubber is handed a prefix, and there is none for this');
    if (verdict !== 'drop' && verdict !== 'count') return refuse(`a scrubber does not ${verdict}`);
    if (this.#scrubberOf(diverted.scrubber) !== null) return null;
    return refuse(`there is no Scrubber called ${diverted.scrubber} in force`);
  }

  async apply(rule: RuleRequest): Promise<void> {
    const { id, ttlMs, diverted } = rule;
    const known = this.#wanting(id);
    // What is under way goes on with the settings it began with.
    const refusal = known === null ? this.plan(rule) : null;
    if (refusal !== null) throw new TidegateError('TG2002', `${id}: ${refusal.reason}`);
    if (rule.verdict === 'count') {
      this.#counted.set(id, this.#options.wallMs() + ttlMs);
      return;
    }
    const course = known ?? this.#courseFor(id, diverted!);
    course.want(id, ttlMs);
    if (known !== null) return;
    await waitFor(course, answerMs, () => !isUnanswered(course));
    this.#throwIfFailed(id);
  }

  async readBack(id: string): Promise<InstalledRule | null> {
    const countedUntilMs = this.#counted.get(id);
    if (countedUntilMs !== undefined) {
      const left = countedUntilMs - this.#options.wallMs();
      if (left > 0) return { ...nothingCounted, id, expiresInMs: left, verdict: 'count', level: 'accepted' };
      this.#counted.delete(id);
    }
    this.#throwIfFailed(id);
    const course = this.#wanting(id) ?? this.#leaving(id);
    return await Promise.resolve(course === null ? null : this.#installed(id, course));
  }

  async list(): Promise<InstalledRule[]> {
    const found = [...this.#courses].flatMap((course) =>
      course.state.wishes.map(({ id }) => this.#installed(id, course)),
    );
    return await Promise.resolve(found);
  }

  async remove(id: string): Promise<InstalledRule | null> {
    this.#counted.delete(id);
    this.#failures.delete(id);
    const course = this.#wanting(id) ?? this.#leaving(id);
    if (course === null) return null;
    const before = this.#installed(id, course);
    this.#asked.set(course, (this.#asked.get(course) ?? new Set()).add(id));
    course.release(id);
    if (course.state.wishes.length > 0) return before;
    await waitFor(course, goneMs, () => !this.#courses.has(course));
    return before;
  }

  async removeAll(): Promise<number> {
    const ids = (await this.list()).map(({ id }) => id);
    await Promise.all([...ids, ...this.#counted.keys()].map(async (id) => await this.remove(id)));
    return ids.length;
  }

  /** Lets go; what was asked for stays, and ends with whoever opens the file next. */
  close(): void {
    for (const course of this.#courses) course.close();
    this.#counted.clear();
  }

  /** Wishes that were taken back, and that are not known to be over. */
  readonly #asked = new Map<Course, Set<string>>();

  #scrubberOf(name: string): CompiledScrubber | null {
    return this.#scrubbers.find((one) => one.name === name) ?? null;
  }

  #wanting(id: string): Course | null {
    return [...this.#courses].find(({ state }) => state.wishes.some((wish) => wish.id === id)) ?? null;
  }

  #leaving(id: string): Course | null {
    for (const [course, ids] of this.#asked)
      if (ids.has(id) && course.state.wishes.length === 0) return course;
    return null;
  }

  #courseFor(
    id: string,
    { scrubber: name, prefix, incident, family }: NonNullable<RuleRequest['diverted']>,
  ): Course {
    const known = [...this.#courses].find(
      ({ state }) =>
        state.scrubber.name === name &&
        state.prefix === prefix &&
        state.phase !== 'stopping' &&
        state.failed === null,
    );
    if (known !== undefined) return known;
    const scrubber = this.#scrubberOf(name)!;
    const since = new Date(this.#options.wallMs()).toISOString();
    const course = this.#add({
      ...{ id, scrubber, prefix, incident, family, since },
      ...{ phase: 'looking', isForeign: false, failed: null, wishes: [] },
    });
    course.start();
    return course;
  }

  #add(state: Course['state']): Course {
    const { path, wallMs, log, secret } = this.#options;
    const course: Course = new Course(state, {
      provider: (): Provider => providerOf(course.state.scrubber, { secret, wallMs }),
      save: () => {
        saveDiversions(path, this.#states());
      },
      onGone: () => {
        this.#forget(course);
      },
      ...{ wallMs, log },
    });
    this.#courses.add(course);
    return course;
  }

  #forget(course: Course): void {
    this.#courses.delete(course);
    this.#asked.delete(course);
    const { failed, wishes } = course.state;
    if (failed !== null) for (const { id } of wishes) this.#failures.set(id, failed);
    saveDiversions(this.#options.path, this.#states());
  }

  #states(): Course['state'][] {
    return [...this.#courses].map(({ state }) => state);
  }

  #throwIfFailed(id: string): void {
    const course = this.#wanting(id);
    const failed = this.#failures.get(id) ?? course?.state.failed ?? null;
    if (failed !== null) throw new TidegateError('TG2021', `${id}: ${failed}`);
  }

  #installed(id: string, { state: { wishes, phase } }: Course): InstalledRule {
    const until = wishes.find((wish) => wish.id === id)?.until;
    const left = until === undefined ? 0 : Date.parse(until) - this.#options.wallMs();
    const level = phase === 'active' ? 'installed' : 'accepted';
    return { ...nothingCounted, id, expiresInMs: Math.max(0, left), verdict: 'drop', level };
  }
}

/** Whether the provider has neither taken it nor failed. */
const isUnanswered = ({ state: { phase, failed } }: Course): boolean =>
  failed === null && (phase === 'looking' || phase === 'starting');

/** Until something is so of a course, or for some ms. */
async function waitFor(course: Course, withinMs: number, isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + withinMs;
  for (let leftMs = withinMs; !isSo() && leftMs > 0; leftMs = endMs - performance.now())
    await course.answered(leftMs);
}

const nothingCounted = { packets: 0n, bytes: 0n } as const;
