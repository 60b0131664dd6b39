/**
 * Holds routes at a speaker for others, each until a time.
 *
 * Promises: what is wanted is written down before it is announced, so that whoever comes after a crash withdraws what is
 * over and announces what is not; a route ends with its last wish, also where nobody says so; what a speaker lost is there
 * again once it answers; what others announced at the same speaker is left alone; no rail is passed.
 */
import { TidegateError } from '@tidegate/schemas';
import { decodeRoute, encodeRoute, railRefusal, routeKey } from '@tidegate/schemas/bgp';
import type { AnnouncementRails, BgpRoute, RailRefusal } from '@tidegate/schemas/bgp';
import { reasonOf } from '../../../ports.ts';
import type { Log } from '../../../ports.ts';
import type { BgpSpeaker, Neighbour } from '../speaker.ts';
import type { Lease, LeaseTable } from './leases.ts';
import { loadLeases, saveLeases } from './store.ts';

export type { Lease } from './leases.ts';

/** What became of a wish. */
export type Held =
  /** No rail lets it pass. */
  | { readonly id: string; readonly level: 'refused'; readonly refusal: RailRefusal }
  /** The speaker would not have it. */
  | { readonly id: string; readonly level: 'failed'; readonly reason: string }
  /** It is announced as soon as the speaker answers. */
  | { readonly id: string; readonly level: 'pending'; readonly reason: string }
  /** The speaker has it. */
  | { readonly id: string; readonly level: 'accepted' }
  /** These neighbours were sent it. */
  | { readonly id: string; readonly level: 'advertised'; readonly neighbours: readonly string[] };

export interface Look {
  readonly lease: Lease;
  /** `pending` where the speaker does not have it now. */
  readonly level: 'pending' | 'accepted' | 'advertised';
}

export interface WholeLook {
  readonly lease: Lease;
  /** Whether the speaker has the route, as this wish or another of the same packets wants it. */
  readonly isThere: boolean;
  /** Those that were sent it. */
  readonly neighbours: readonly string[];
}

export interface KeeperOptions {
  readonly speaker: BgpSpeaker;
  /** File of the leases. */
  readonly path: string;
  readonly rails: AnnouncementRails;
  readonly wallMs: () => number;
  readonly log: Log;
}

const minuteMs = 60_000;
/** A speaker that does not answer is asked again after this, ms. */
const retryMs = 200;
/** What others changed at the speaker is found within this, ms. */
const driftMs = 5000;

export class RouteKeeper {
  readonly #options: KeeperOptions;
  readonly #table: LeaseTable;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #unwatch: (() => void) | null = null;
  #isClosed = false;
  #isReachable = true;
  /** Wishes that had to wait, and that the speaker would not have when it answered. */
  readonly #refused = new Map<string, TidegateError>();
  /** Until when a speaker that holds leases itself was asked for each route, by key. */
  readonly #told = new Map<string, number>();
  /** When routes were announced, ms; those of the last minute. */
  #announcedAtMs: number[] = [];

  /** Throws TG5003 where the file of the leases is damaged. */
  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#table = loadLeases(options.path);
  }

  /** Makes the speaker's routes what is wanted, now and whenever something changes; resolves after the first try. */
  async start(): Promise<void> {
    await this.#settleInTurn();
  }

  /** Announces what is not there yet. Resolves once it was read back, or is known to have to wait. */
  async hold(leases: readonly Lease[]): Promise<Held[]> {
    return await this.#inTurn(async () => {
      const before = this.#table.wanted();
      const outcomes = new Map<string, Held>();
      for (const lease of leases) {
        const refusal = this.#refusal(lease);
        if (refusal === null) this.#table.put(lease);
        else outcomes.set(lease.id, { id: lease.id, level: 'refused', refusal });
      }
      const passed = leases.filter(({ id }) => !outcomes.has(id));
      this.#save();
      const wanted = this.#table.wanted();
      const fresh = [...wanted]
        .filter(([key, route]) => !isSame(before.get(key), route))
        .map(([, one]) => one);
      this.#count(fresh.length);
      const failed = await this.#announce(fresh);
      await this.#renew().catch(() => undefined);
      for (const outcome of await this.#outcomes(passed, failed)) outcomes.set(outcome.id, outcome);
      this.#schedule();
      return leases.map(({ id }) => outcomes.get(id)!);
    });
  }

  /** What stands of one wish; null where it is not wanted any more. Rejects once where the speaker will not have it after all. */
  async look(id: string): Promise<Look | null> {
    return await this.#inTurn(async () => {
      const refused = this.#refused.get(id);
      if (refused !== undefined) {
        this.#refused.delete(id);
        throw refused;
      }
      const lease = this.#table.find(id);
      if (lease === null || lease.untilMs <= this.#options.wallMs()) return null;
      const key = routeKey(lease.route);
      const isThere = await this.#options.speaker
        .routes()
        .then((routes) =>
          routes.some((one) => one.key === key && isSame(one.route ?? undefined, lease.route)),
        )
        .catch(() => null);
      if (isThere !== true) return { lease, level: 'pending' };
      const sent = await this.#sent().catch(() => []);
      const isSent = sent.some(([, keys]) => keys.has(key));
      return { lease, level: isSent ? 'advertised' : 'accepted' };
    });
  }

  /** What stands of every wish, read once for all of them. */
  async lookAll(): Promise<{
    readonly looks: readonly WholeLook[];
    readonly neighbours: readonly Neighbour[];
  }> {
    return await this.#inTurn(async () => {
      const { speaker } = this.#options;
      const there = new Map((await speaker.routes()).map(({ key, route }) => [key, route]));
      const neighbours = await speaker.neighbours();
      const sent = await this.#sent();
      const looks = this.#table.leases.map((lease): WholeLook => {
        const key = routeKey(lease.route);
        const isThere = there.has(key);
        const told = isThere ? sent.filter(([, keys]) => keys.has(key)).map(([address]) => address) : [];
        return { lease, isThere, neighbours: told };
      });
      return { looks, neighbours };
    });
  }

  /** Everything that is wanted. */
  get leases(): readonly Lease[] {
    return this.#table.leases;
  }

  /** Takes back wishes, and withdraws what nobody wants any more. Resolves once that is confirmed, or has to wait. */
  async release(ids: readonly string[]): Promise<void> {
    await this.#inTurn(async () => {
      this.#table.remove(ids);
      for (const id of ids) this.#refused.delete(id);
      this.#save();
      await this.#settle();
    });
  }

  /** Ends without withdrawing anything: whoever comes next takes over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#unwatch?.();
    await this.#turn;
  }

  async #settleInTurn(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#settle();
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #refusal({ id, route }: Lease): RailRefusal | null {
    const key = routeKey(route);
    const standing = this.#table.wanted();
    // A wish that is renewed needs no room of its own.
    if (isSame(standing.get(key), route)) return null;
    const own = this.#table.find(id);
    if (own !== null) standing.delete(routeKey(own.route));
    standing.delete(key);
    const announcedLastMinute = this.#recent().length;
    return railRefusal(route, { routes: [...standing.values()], announcedLastMinute }, this.#options.rails);
  }

  #recent(): number[] {
    const sinceMs = this.#options.wallMs() - minuteMs;
    this.#announcedAtMs = this.#announcedAtMs.filter((atMs) => atMs > sinceMs);
    return this.#announcedAtMs;
  }

  #count(routes: number): void {
    const nowMs = this.#options.wallMs();
    for (let one = 0; one < routes; one++) this.#announcedAtMs.push(nowMs);
  }

  /** Why some were not taken, by key. One that the speaker refuses keeps no other away. */
  async #announce(routes: readonly BgpRoute[]): Promise<Map<string, unknown>> {
    const { speaker } = this.#options;
    const failed = new Map<string, unknown>();
    const ends = this.#table.ends();
    try {
      await speaker.announce(routes, ends);
    } catch (error) {
      if (isUnreachable(error) || routes.length === 1) {
        for (const route of routes) failed.set(routeKey(route), error);
      } else {
        for (const route of routes)
          await speaker.announce([route], ends).catch((own: unknown) => failed.set(routeKey(route), own));
      }
    }
    for (const key of routes.map(routeKey)) if (!failed.has(key)) this.#told.set(key, ends.get(key) ?? 0);
    return failed;
  }

  /** A speaker that holds leases itself hears of every route that is wanted for longer than it knows. */
  async #renew(): Promise<void> {
    const { speaker } = this.#options;
    if (speaker.renew === undefined) return;
    const ends = this.#table.ends();
    const stale = [...this.#table.wanted()].filter(
      ([key]) => this.#told.has(key) && this.#told.get(key)! < ends.get(key)!,
    );
    if (stale.length === 0) return;
    await speaker.renew(
      stale.map(([, route]) => route),
      ends,
    );
    for (const [key] of stale) this.#told.set(key, ends.get(key)!);
    for (const key of this.#told.keys()) if (!ends.has(key)) this.#told.delete(key);
  }

  async #outcomes(leases: readonly Lease[], failed: ReadonlyMap<string, unknown>): Promise<Held[]> {
    const sent = await this.#sent().catch(() => null);
    const outcomes = leases.map(({ id, route }): Held => {
      const key = routeKey(route);
      const error = failed.get(key);
      if (error !== undefined)
        return { id, level: isUnreachable(error) ? 'pending' : 'failed', reason: reasonOf(error) };
      const neighbours = (sent ?? []).filter(([, keys]) => keys.has(key)).map(([address]) => address);
      return neighbours.length === 0 ? { id, level: 'accepted' } : { id, level: 'advertised', neighbours };
    });
    const refused = outcomes.filter(({ level }) => level === 'failed').map(({ id }) => id);
    if (refused.length > 0) {
      this.#table.remove(refused);
      this.#save();
    }
    return outcomes;
  }

  /** What each neighbour whose session is up was sent. */
  async #sent(): Promise<[string, ReadonlySet<string>][]> {
    const { speaker } = this.#options;
    const neighbours = (await speaker.neighbours()).filter(({ isEstablished }) => isEstablished);
    return await Promise.all(
      neighbours.map(async (one): Promise<[string, ReadonlySet<string>]> => [
        one.address,
        await speaker.advertised(one),
      ]),
    );
  }

  /** Ends what is over, announces what is missing, withdraws what is left. What cannot be done now is tried again. */
  async #settle(): Promise<void> {
    const { wallMs, log, speaker } = this.#options;
    try {
      const ended = this.#table.ended(wallMs());
      if (ended.length > 0) {
        this.#table.remove(ended);
        this.#save();
      }
      await this.#repair();
      if (!this.#isReachable) log.info('the BGP speaker answers again', { speaker: speaker.name });
      this.#isReachable = true;
      if (!this.#isClosed) this.#unwatch ??= speaker.watch(this.#changed);
    } catch (error) {
      if (this.#isReachable)
        log.error('routes could not be brought in order; it is tried again', { reason: reasonOf(error) });
      this.#isReachable = false;
      this.#unwatch?.();
      this.#unwatch = null;
    }
    this.#schedule();
  }

  async #repair(): Promise<void> {
    const { speaker, log } = this.#options;
    const there = new Map((await speaker.routes()).map(({ key, route }) => [key, route]));
    const missing = [...this.#table.wanted()]
      .filter(([key, route]) => !isSame(there.get(key) ?? undefined, route))
      .map(([, route]) => route);
    const surplus = [...this.#table.leaving].filter(([key]) => there.has(key)).map(([, route]) => route);
    if (missing.length > 0) {
      log.warn('routes that were missing are announced', { routes: missing.length });
      const failed = await this.#announce(missing);
      const [error] = failed.values();
      if (isUnreachable(error)) throw error;
      this.#giveUp(failed);
    }
    for (const key of this.#table.wanted().keys()) if (!this.#told.has(key)) this.#told.set(key, 0);
    await this.#renew();
    if (surplus.length > 0) await speaker.withdraw(surplus);
    if (this.#table.leaving.size === 0) return;
    const left =
      surplus.length === 0 ? there : new Map((await speaker.routes()).map(({ key }) => [key, null]));
    this.#table.gone([...this.#table.leaving.keys()].filter((key) => !left.has(key)));
    this.#save();
  }

  /** What the speaker will not have is wanted no more. */
  #giveUp(failed: ReadonlyMap<string, unknown>): void {
    const refused = this.#table.leases.filter(({ route }) => failed.has(routeKey(route)));
    if (refused.length === 0) return;
    for (const { id, route } of refused) {
      const why = failed.get(routeKey(route));
      const error = why instanceof TidegateError ? why : new TidegateError('TG2018', reasonOf(why));
      this.#refused.set(id, error);
      this.#options.log.error('a route that had to wait was refused', { id, reason: error.message });
    }
    this.#table.remove(refused.map(({ id }) => id));
    this.#save();
  }

  readonly #changed = (): void => {
    this.#unwatch = null;
    void this.#settleInTurn();
  };

  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const { wallMs } = this.#options;
    const endMs = this.#table.nextEndMs;
    const untilEndMs = endMs === null ? driftMs : Math.max(0, endMs - wallMs());
    this.#timer = setTimeout(
      () => {
        void this.#settleInTurn();
      },
      this.#isReachable ? Math.min(driftMs, untilEndMs) : retryMs,
    );
  }

  #save(): void {
    saveLeases(this.#options.path, this.#table);
  }
}

const isUnreachable = (error: unknown): error is TidegateError =>
  error instanceof TidegateError && error.code === 'TG2017';

/** Whether routers would do the same: on the way a rate is a float of 32 bits. */
function isSame(one: BgpRoute | undefined, other: BgpRoute): boolean {
  // Most of what stands was not touched, and writing it out for each wish is slow.
  return one === other || (one !== undefined && asRead(one) === asRead(other));
}

function asRead(route: BgpRoute): string {
  const reading = decodeRoute(encodeRoute(route));
  return JSON.stringify(reading.ok ? reading.route : null);
}
