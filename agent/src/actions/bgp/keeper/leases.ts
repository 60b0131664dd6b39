/**
 * Who wants which route, and until when. Several may want the same one: it stands for as long as anybody does. Where they
 * want different things done with the same packets, the last who asked is heard, and the one before again after it.
 *
 * Pure; the keeper writes it down and carries it out.
 */
import { canonicalRoute, routeKey } from '@tidegate/schemas/bgp';
import type { BgpRoute } from '@tidegate/schemas/bgp';

export interface Lease {
  /** Of one wish: asking again with the same id renews or changes it. */
  readonly id: string;
  readonly route: BgpRoute;
  /** Wall time, ms since the epoch. */
  readonly untilMs: number;
}

interface Held {
  readonly lease: Lease;
  readonly key: string;
}

export class LeaseTable {
  /** By id, in the order in which they came. */
  readonly #held = new Map<string, Held>();
  /** How many want each key. */
  readonly #wishes = new Map<string, number>();
  /** Routes that nobody wants any more, and that are not known to be gone. */
  readonly #leaving = new Map<string, BgpRoute>();

  constructor(leases: readonly Lease[] = [], leaving: readonly BgpRoute[] = []) {
    for (const lease of leases) this.put(lease);
    for (const route of leaving) this.#leaving.set(routeKey(route), route);
  }

  get leases(): Lease[] {
    return [...this.#held.values()].map(({ lease }) => lease);
  }

  get leaving(): ReadonlyMap<string, BgpRoute> {
    return this.#leaving;
  }

  find(id: string): Lease | null {
    return this.#held.get(id)?.lease ?? null;
  }

  put(lease: Lease): void {
    const key = routeKey(lease.route);
    this.#wishes.set(key, (this.#wishes.get(key) ?? 0) + 1);
    this.remove([lease.id]);
    this.#held.set(lease.id, { lease: { ...lease, route: canonicalRoute(lease.route) }, key });
    this.#leaving.delete(key);
  }

  /** Takes back wishes; what was not wished for is passed over. */
  remove(ids: Iterable<string>): void {
    for (const id of ids) {
      const held = this.#held.get(id);
      if (held === undefined) continue;
      const { key, lease } = held;
      this.#held.delete(id);
      const others = this.#wishes.get(key)! - 1;
      if (others > 0) this.#wishes.set(key, others);
      else {
        this.#wishes.delete(key);
        this.#leaving.set(key, lease.route);
      }
    }
  }

  /** Ids of wishes whose time is over. */
  ended(nowMs: number): string[] {
    return this.leases.filter(({ untilMs }) => untilMs <= nowMs).map(({ id }) => id);
  }

  /** When each route ends, by key, if nobody asks again. */
  ends(): Map<string, number> {
    const ends = new Map<string, number>();
    for (const { key, lease } of this.#held.values())
      ends.set(key, Math.max(ends.get(key) ?? 0, lease.untilMs));
    return ends;
  }

  /** When the next one ends; null where nothing is wanted. */
  get nextEndMs(): number | null {
    return this.leases.reduce<number | null>(
      (next, { untilMs }) => (next === null ? untilMs : Math.min(next, untilMs)),
      null,
    );
  }

  /** What has to stand, by key. */
  wanted(): Map<string, BgpRoute> {
    return new Map([...this.#held.values()].map(({ key, lease }) => [key, lease.route]));
  }

  /** Known to be gone. */
  gone(keys: Iterable<string>): void {
    for (const key of keys) this.#leaving.delete(key);
  }
}
