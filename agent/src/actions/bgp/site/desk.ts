/**
 * What a site gives to whom: the bounds of one agent, and its wishes among those of others.
 *
 * Promises: no agent sees, takes back or crowds out what another holds; what stands is never given up for what is asked;
 * nothing is held for longer than the site allows, whatever was asked.
 */
import { createHash } from 'node:crypto';
import { cidrCovers, wildcardMatches } from '@tidegate/schemas';
import type { SiteHeld, SiteHold, SiteRoutes } from '@tidegate/schemas';
import { routeKey } from '@tidegate/schemas/bgp';
import type { BgpRoute } from '@tidegate/schemas/bgp';
import type { Log } from '../../../ports.ts';
import { Gather } from './gather.ts';
import type { Held, Lease, RouteKeeper, WholeLook } from '../keeper/index.ts';

export interface Shares {
  /** Routes of one agent at a time, and in any 60 s anew. */
  readonly routes: number;
  readonly perMinute: number;
  readonly ttlMsMax: number;
  /** Patterns of names with what is theirs, the first that fits counts; null: everything for everyone. */
  readonly agents: readonly { readonly name: string; readonly owned: readonly string[] }[] | null;
}

type Answer = SiteHeld['held'][number];
type Keeper = Pick<RouteKeeper, 'hold' | 'release' | 'leases' | 'lookAll'>;

const minuteMs = 60_000;
/** One reading of the speaker answers all who ask within this, ms. */
const freshMs = 200;

export class SiteDesk {
  readonly #keeper: Keeper;
  readonly #shares: Shares;
  readonly #wallMs: () => number;
  readonly #log: Log;
  /** When an agent asked for something anew, ms; those of the last minute. */
  readonly #asked = new Map<string, number[]>();
  readonly #holds: Gather<Lease, ReadonlyMap<string, Held>>;
  readonly #releases: Gather<string, void>;
  #read: { readonly atMs: number; readonly answer: ReturnType<Keeper['lookAll']> } | null = null;

  constructor(keeper: Keeper, shares: Shares, { wallMs, log }: { wallMs: () => number; log: Log }) {
    this.#keeper = keeper;
    this.#shares = shares;
    this.#wallMs = wallMs;
    this.#log = log;
    this.#holds = new Gather(async (leases) => {
      // Two wishes of one id are the last of them.
      const held = await keeper.hold([...new Map(leases.map((lease) => [lease.id, lease])).values()]);
      return new Map(held.map((one) => [one.id, one]));
    });
    this.#releases = new Gather(async (ids) => {
      await keeper.release(ids);
    });
  }

  async hold(agent: string, { leases }: SiteHold): Promise<Answer[]> {
    const owned = this.#ownedBy(agent);
    const own = new Set(this.#keeper.leases.filter(isOf(agent)).map(({ id }) => id));
    const nowMs = this.#wallMs();
    const recent = (this.#asked.get(agent) ?? []).filter((atMs) => nowMs - atMs < minuteMs);
    const wishes = leases.map((wish) => {
      const route = wish.route as BgpRoute;
      const id = leaseId(agent, route);
      const untilMs = nowMs + Math.min(wish.ttlMs, this.#shares.ttlMsMax);
      const isNew = !own.has(id);
      const reason = isNew ? this.#refusal(route, owned, own.size, recent.length) : null;
      if (isNew && reason === null) {
        own.add(id);
        recent.push(nowMs);
      }
      return { lease: { id, route, untilMs }, reason };
    });
    this.#asked.set(agent, recent);
    const passed = wishes.filter(({ reason }) => reason === null).map(({ lease }) => lease);
    const held: ReadonlyMap<string, Held> = passed.length === 0 ? new Map() : await this.#holds.ask(passed);
    this.#read = null;
    return wishes.map(({ lease, reason }) => {
      const answer = reason === null ? answerOf(held.get(lease.id)!) : { level: 'refused' as const, reason };
      if (answer.level === 'refused' || answer.level === 'failed')
        this.#log.warn('a route was refused', { agent, route: routeKey(lease.route), reason: answer.reason });
      return answer;
    });
  }

  async release(agent: string, routes: readonly BgpRoute[]): Promise<void> {
    await this.#releases.ask(routes.map((route) => leaseId(agent, route)));
    this.#read = null;
  }

  /** Rejects with TG2017 where the BGP speaker does not answer. */
  async routes(agent: string): Promise<Omit<SiteRoutes, 'schema'>> {
    const nowMs = performance.now();
    if (this.#read === null || nowMs - this.#read.atMs > freshMs)
      this.#read = { atMs: nowMs, answer: this.#keeper.lookAll() };
    const { looks, neighbours } = await this.#read.answer;
    const wallMs = this.#wallMs();
    // What was read a moment ago may be over.
    const own = looks.filter(({ lease }) => isOf(agent)(lease) && lease.untilMs > wallMs);
    return {
      routes: own.map((look) => rowOf(look, wallMs)),
      neighbours: neighbours.map((one) => ({ ...one })),
    };
  }

  /** Null: nobody of this name may ask for anything. */
  #ownedBy(agent: string): readonly string[] | null {
    const { agents } = this.#shares;
    if (agents === null) return ['0.0.0.0/0', '::/0'];
    return agents.find(({ name }) => wildcardMatches(name, agent))?.owned ?? null;
  }

  #refusal(route: BgpRoute, owned: readonly string[] | null, held: number, asked: number): string | null {
    const { routes, perMinute } = this.#shares;
    const destination = route.kind === 'blackhole' ? route.prefix : route.rule.match.destination;
    if (owned === null)
      return 'agents: the configuration of the site speaker names no such agent (rail agents)';
    if (!owned.some((prefix) => cidrCovers(prefix, destination)))
      return `${destination} is not of this agent (rail agents)`;
    if (held >= routes) return `this agent holds ${held} routes, and may hold ${routes} (rail budget)`;
    if (asked >= perMinute)
      return `this agent asked for ${asked} routes within a minute, and may ask for ${perMinute} (rail pace)`;
    return null;
  }
}

/** Names hold no blank; a lease of one agent never has the id of another's. */
const leaseId = (agent: string, route: BgpRoute): string =>
  `${agent} ${createHash('sha256').update(routeKey(route)).digest('hex').slice(0, 32)}`;

const isOf =
  (agent: string) =>
  ({ id }: Pick<Lease, 'id'>): boolean =>
    id.startsWith(`${agent} `);

function answerOf(held: Held): Answer {
  if (held.level === 'refused')
    return { level: 'refused', reason: `${held.refusal.reason} (rail ${held.refusal.rail})`.slice(0, 500) };
  const reason = 'reason' in held ? held.reason.slice(0, 500) : null;
  return { level: held.level, reason };
}

const rowOf = ({ lease, isThere, neighbours }: WholeLook, wallMs: number): SiteRoutes['routes'][number] => ({
  route: lease.route as SiteRoutes['routes'][number]['route'],
  expiresInMs: Math.max(0, Math.round(lease.untilMs - wallMs)),
  isThere,
  neighbours: [...neighbours],
});
