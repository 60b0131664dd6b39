/**
 * Rules without a kernel, in virtual time: what is installed, until when, and what it has hit. A recording says how many
 * packets came, but only samples say which: the share of a target's samples that a rule hits decides how many of its
 * packets count as hit.
 */
import { TidegateError, parseCidr } from '@tidegate/schemas';
import type { IpPrefix } from '@tidegate/schemas';
import { compileMatch, connectionRequest } from '../packet/index.ts';
import type { Matcher } from '../packet/index.ts';
import type { Rule } from '../playbook/index.ts';

/** What a rule that only counts stands in for. */
export type Meaning = Pick<Rule, 'verdict' | 'limit'>;

/** A rule as it is read back. */
export interface VirtualRule {
  readonly id: string;
  readonly verdict: Rule['verdict'];
  readonly limit: NonNullable<Rule['limit']> | null;
  readonly meaning: Meaning;
  readonly hits: Matcher;
  readonly destination: IpPrefix;
  /** Which targets are among its destinations, as far as somebody asked. */
  readonly covered: Map<string, boolean>;
  /** Counters, estimates until they are read. */
  packets: number;
  bytes: number;
  expiresAtNs: number;
}

/** As many as the XDP program has room for. */
const rulesMax = 64;

export class VirtualRules {
  readonly #rules = new Map<string, VirtualRule>();

  /** Installs a rule, or renews one. With no room left it is an error TG2003. */
  set({ id, match, ttlMs, verdict, limit }: Rule, atNs: number, meaning: Meaning = { verdict }): void {
    const known = this.get(id, atNs);
    if (known === null && this.#rules.size >= rulesMax) {
      this.active(atNs);
      if (this.#rules.size >= rulesMax)
        throw new TidegateError('TG2003', `there are ${rulesMax} rules already, and no more fit`);
    }
    this.#rules.set(id, {
      id,
      verdict,
      limit: limit ?? null,
      meaning: verdict === 'count' ? meaning : { verdict, ...(limit === undefined ? {} : { limit }) },
      hits: compileMatch(verdict === 'synproxy' ? { ...match, tcpFlags: connectionRequest } : match),
      destination: parseCidr(match.destination),
      covered: new Map(),
      packets: known?.packets ?? 0,
      bytes: known?.bytes ?? 0,
      expiresAtNs: atNs + ttlMs * 1e6,
    });
  }

  get(id: string, atNs: number): VirtualRule | null {
    const rule = this.#rules.get(id);
    if (rule === undefined || rule.expiresAtNs > atNs) return rule ?? null;
    this.#rules.delete(id);
    return null;
  }

  delete(id: string, atNs: number): VirtualRule | null {
    const rule = this.get(id, atNs);
    this.#rules.delete(id);
    return rule;
  }

  /** Every rule that is in force at that time, or was at some time since. Those that ended before are forgotten. */
  active(sinceNs: number): VirtualRule[] {
    for (const { id, expiresAtNs } of this.#rules.values())
      if (expiresAtNs <= sinceNs) this.#rules.delete(id);
    return [...this.#rules.values()];
  }
}
