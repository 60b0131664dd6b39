/**
 * FlowSpec rules and blackholes as backends like any other: a rule is a route, held at the speaker that its policy names.
 *
 * Promises: those of `RuleBackend`. A route counts no packets, so its counters stay 0 and nothing is reported above
 * `advertised`; a rule that only counts is announced to nobody.
 */
import { TidegateError } from '@tidegate/schemas';
import type { InstalledRule, PlanRefusal, RuleBackend, RuleRequest } from '../backend.ts';
import type { RouteKeeper } from './keeper/index.ts';
import type { Lease } from './keeper/index.ts';

const kinds = { flowspec: 'flowspec', rtbh: 'blackhole' } as const;

export interface RouteBackendOptions {
  readonly name: keyof typeof kinds;
  /** By the name of the speaker. */
  readonly keepers: ReadonlyMap<string, Pick<RouteKeeper, 'hold' | 'look' | 'release' | 'leases'>>;
  readonly wallMs: () => number;
}

export class RouteBackend implements RuleBackend {
  readonly name: keyof typeof kinds;
  readonly #options: RouteBackendOptions;
  /** What is only counted, by id: until when, wall time, ms. */
  readonly #counted = new Map<string, number>();

  constructor(options: RouteBackendOptions) {
    this.name = options.name;
    this.#options = options;
  }

  plan({ announced, verdict }: RuleRequest): PlanRefusal | null {
    if (announced === undefined)
      return { code: 'TG2002', reason: `${this.name} announces routes, and has none for this` };
    if (announced.route.kind !== kinds[this.name])
      return { code: 'TG2002', reason: `a ${announced.route.kind} route is none of ${this.name}` };
    if (verdict === 'synproxy') return { code: 'TG2002', reason: 'routers answer no connection requests' };
    if (this.#options.keepers.has(announced.speaker)) return null;
    const known = [...this.#options.keepers.keys()].join(', ');
    return {
      code: 'TG2002',
      reason: `there is no speaker called ${announced.speaker} in the configuration of the agent; there is ${known}`,
    };
  }

  async apply(rule: RuleRequest): Promise<void> {
    const refusal = this.plan(rule);
    if (refusal !== null) throw new TidegateError('TG2002', `${rule.id}: ${refusal.reason}`);
    const { id, ttlMs, announced } = rule;
    const untilMs = this.#options.wallMs() + ttlMs;
    if (rule.verdict === 'count') {
      this.#counted.set(id, untilMs);
      return;
    }
    const { speaker, route } = announced!;
    const [held] = await this.#options.keepers.get(speaker)!.hold([{ id, route, untilMs }]);
    if (held?.level === 'refused')
      throw new TidegateError(
        'TG2020',
        `${id}: ${held.refusal.reason} (rail ${held.refusal.rail} of this node)`,
      );
    if (held?.level === 'failed') throw new TidegateError('TG2018', `${id}: ${held.reason}`);
  }

  async readBack(id: string): Promise<InstalledRule | null> {
    const untilMs = this.#counted.get(id);
    if (untilMs !== undefined) {
      const left = untilMs - this.#options.wallMs();
      if (left <= 0) this.#counted.delete(id);
      return left <= 0
        ? null
        : { ...nothingCounted, id, expiresInMs: left, verdict: 'count', level: 'accepted' };
    }
    for (const keeper of this.#options.keepers.values()) {
      const look = await keeper.look(id);
      // What the speaker does not have yet is held here until it answers.
      if (look !== null)
        return this.#installed(look.lease, look.level === 'pending' ? 'accepted' : look.level);
    }
    return null;
  }

  async list(): Promise<InstalledRule[]> {
    const found: InstalledRule[] = [];
    for (const { id } of this.#leases()) {
      const rule = await this.readBack(id);
      if (rule !== null) found.push(rule);
    }
    return found;
  }

  async remove(id: string): Promise<InstalledRule | null> {
    const before = await this.readBack(id);
    this.#counted.delete(id);
    for (const keeper of this.#options.keepers.values()) await keeper.release([id]);
    return before;
  }

  async removeAll(): Promise<number> {
    const ids = this.#leases().map(({ id }) => id);
    this.#counted.clear();
    for (const keeper of this.#options.keepers.values()) await keeper.release(ids);
    return ids.length;
  }

  /** The keepers belong to whoever opened them. */
  close(): void {
    this.#counted.clear();
  }

  #leases(): Lease[] {
    return [...this.#options.keepers.values()]
      .flatMap((keeper) => [...keeper.leases])
      .filter(({ route }) => route.kind === kinds[this.name]);
  }

  #installed({ id, route, untilMs }: Lease, level: 'accepted' | 'advertised'): InstalledRule {
    const isLimit = route.kind === 'flowspec' && route.rule.actions.some(({ type }) => type === 'limit');
    const expiresInMs = Math.max(0, untilMs - this.#options.wallMs());
    return { ...nothingCounted, id, expiresInMs, verdict: isLimit ? 'limit' : 'drop', level };
  }
}

const nothingCounted = { packets: 0n, bytes: 0n } as const;
